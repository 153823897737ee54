"""What workers say is wrong with the things of a station."""

from __future__ import annotations

from typing import Literal

from .base import Event


class FaultReported(Event, frozen=True, kw_only=True, tag="fault.reported"):
    """A worker said that something of the station is broken, missing or dirty."""

    report: str         # random id, so that an undo can name it
    amenity: str        # its name in the station's settings
    what: Literal["broken", "missing", "dirty"]


class FaultUndone(Event, frozen=True, kw_only=True, tag="fault.undone"):
    """The worker took a report back within ten seconds."""

    report: str
