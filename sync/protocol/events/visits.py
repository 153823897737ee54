"""What happens as workers come in to rest, and go."""

from __future__ import annotations

from typing import Literal

from .base import Event


class VisitEnded(Event, frozen=True, kw_only=True, tag="visit.ended"):
    """A worker's turn at the screen is over."""

    how: Literal["home", "idle", "next"]
    seconds: int
    language: str = "zh_CN"


class CheckedIn(Event, frozen=True, kw_only=True, tag="checkin.made"):
    """A worker, or a companion of one, came in to rest: one visit (人次)."""

    checkin: str        # random id, so that an undo can name it
    trade: str          # trade document's key
    member: str = ""    # keyed hash of the member code, empty if anonymous
    companion: bool = False


class CheckinUndone(Event, frozen=True, kw_only=True, tag="checkin.undone"):
    """The worker took a check-in back within ten seconds."""

    checkin: str
