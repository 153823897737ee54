"""How the set-up test of a station came out."""

from __future__ import annotations

from typing import Literal

import msgspec

from .base import Aware, Event


class PartTested(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of a station, and how it came out."""

    part: str           # touch, scanner, loudspeaker, office, watchdog, camera …
    result: Literal["passed", "failed", "waived", "absent"]     # absent: there is none, and none is wanted
    code: str = ""      # what failed, also of a part that was waived
    by: str = ""        # who waived it


class StationTested(Event, frozen=True, kw_only=True, tag="station.tested"):
    """A technician has tried every part; signed, so that a printout proves it too (sync/protocol/sheets.py)."""

    station: str
    tested_at: Aware
    who: str            # the technician
    program: str        # its version
    parts: tuple[PartTested, ...]
    key: str            # public half of the station's key, 64 hex digits
    signature: str = ""     # of the sheet by this key, hex
