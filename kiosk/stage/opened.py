"""The store once it is open: the stage's own services, and one of each room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from kiosk.clock import Clock
from sync.station.errors import NotEnrolled
from sync.station.store import Store

from .checks import Checks
from .equipment import EquipmentService
from .glances import Glances, StationGlance
from .ground import Ground, Programs, Site
from .room import AnyRoom
from .station import StationService
from .visit import VisitService

T = TypeVar("T")


class Opened:
    """Everything screens may ask; used on the worker thread only."""

    def __init__(
        self, store: Store, clock: Clock, rooms: Sequence[AnyRoom], programs: Programs = Programs(),    # noqa: B008
        site: Site = Site(),    # noqa: B008
    ) -> None:
        self.store = store
        self.station = StationService(store, clock)
        self.visits = VisitService(store, self.station, clock)
        self.equipment = EquipmentService(store, self.station)
        ground = Ground(store, self.station, self.visits, clock, programs, site)
        self._services = [(room, service) for room in rooms if (service := room.open(ground)) is not None]
        self._checks = Checks([partial(room.checks, service) for room, service in self._services])

    @classmethod
    def open(
        cls, path: Path, clock: Clock, rooms: Sequence[AnyRoom], programs: Programs = Programs(),   # noqa: B008
        site: Site = Site(),    # noqa: B008
    ) -> Opened:
        """Open the station's store and the services on it. Raises StoreError."""
        return cls(Store.open(path), clock, rooms, programs, site)

    def service(self, kind: type[T]) -> T:
        """The service of this kind; raises NotEnrolled if no room has brought it."""
        for service in (self, self._checks, *(service for _room, service in self._services)):
            if isinstance(service, kind):
                return service
        raise NotEnrolled(f"no {kind.__name__} here")

    def look(self) -> Glances:
        """What can be known at a glance, as of now."""
        station = StationGlance(
            settings=self.station.settings(),
            online=self.station.is_online(),
            pending=self.store.journal.count("pending"),
            clock_ahead=self.station.clock_ahead(),
            can_scan=self.equipment.can_scan(),
            check_wanted_at_boot_s=self.station.check_wanted_at_boot_s(),
        )
        seen = (room.glance(service) for room, service in self._services)
        return Glances(station, tuple(glance for glance in seen if glance is not None))
