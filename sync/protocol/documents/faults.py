"""What is wrong with the things of a station, and how far the office is with it."""

from __future__ import annotations

from typing import ClassVar, Literal

from sync.protocol.events.base import Aware

from .base import Document


class Fault(Document, frozen=True, kw_only=True):
    """The newest fault of one amenity; key: `STATION/AMENITY`. It stays when it is closed."""

    type: ClassVar[str] = "fault"
    item: str
    amenity: str
    what: Literal["broken", "missing", "dirty"]
    state: Literal["open", "taken", "closed"]
    since: Aware            # when it was reported first, corrected time, UTC
    last: str               # the newest report counted in; what follows it in the journal is not answered yet


def key_of_item(station: str, amenity: str) -> str:
    """The key of an amenity's fault."""
    return f"{station}/{amenity}"
