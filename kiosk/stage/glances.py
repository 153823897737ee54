"""What can be known at a glance: of the station by the stage, of everything else by the rooms."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import msgspec

from sync.protocol.documents import StationSettings

T = TypeVar("T")


class StationGlance(msgspec.Struct, frozen=True):
    """The station as of now."""

    settings: StationSettings
    online: bool
    pending: int        # events the office has not confirmed yet
    clock_ahead: timedelta = timedelta()    # what the machine's clock lacks, whole seconds
    can_scan: bool = True   # some scanner works, or nothing is known of any yet
    check_wanted_at_boot_s: float = 0.0     # when the office asked that all be tried once more; 0: it does not


class Glances(msgspec.Struct, frozen=True):
    """All glances of one moment, worked out on the worker thread; equal if nothing is new."""

    station: StationGlance
    of_rooms: tuple[object, ...] = ()

    def find(self, kind: type[T]) -> T | None:
        """The glance of this kind; None if no room here has one."""
        return next((glance for glance in self.of_rooms if isinstance(glance, kind)), None)
