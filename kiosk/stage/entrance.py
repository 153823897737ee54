"""What comes before home: what mends a store that is shut, and what keeps a station out of service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from kiosk.clock import Clock
from sync.station.errors import NotEnrolled, StoreDamaged, StoreNewer

from .base import KioskScreen
from .glances import Glances
from .ground import Site
from .room import AnyRoom

T = TypeVar("T")
_OUT_OF_ORDER: Final = "out_of_order"


class Entrance:
    """Asks the rooms, in their order, what is to be shown first; tells who opens the store of what befell it."""

    def __init__(self, rooms: Sequence[AnyRoom], site: Site, clock: Clock) -> None:
        self.on_broken: Callable[[Exception], object] | None = None     # the store went bad while it was open
        self.on_mended: Callable[[], object] | None = None              # what kept it shut is mended
        self._rooms = rooms
        self._prepared = [prepared for room in rooms if (prepared := room.prepare(site, clock)) is not None]
        self._shut_by = ""      # what is being mended at the screen

    def find(self, kind: type[T]) -> T | None:
        """What a room prepared of this kind; it is there with and without a store."""
        return next((prepared for prepared in self._prepared if isinstance(prepared, kind)), None)

    def shut(self, code: str) -> str:
        """The screen while this keeps the store shut; empty if somebody is about to mend it, and is not disturbed."""
        if code == self._shut_by:
            return ""
        name = next((room.mends[code] for room in self._rooms if code in room.mends), _OUT_OF_ORDER)
        self._shut_by = "" if name == _OUT_OF_ORDER else code
        return name

    def open(self, glances: Glances | None) -> str:
        """The screen now that the store is open."""
        self._shut_by = ""
        return self.home(glances)

    def home(self, glances: Glances | None) -> str:
        """Home, or what stands in its place."""
        before = (room.before_home(glances) for room in self._rooms) if glances else iter(())
        return next((name for name in before if name), "home")

    def instead(self, screen: KioskScreen | None, glances: Glances) -> str:
        """The screen that has to take home's place now; empty if none has, or something else is shown."""
        name = self.home(glances)
        return name if screen is not None and screen.name == "home" != name else ""

    def is_broken(self, error: Exception) -> bool:
        """Whether this error means that the store is gone; who opens it is told."""
        if self.on_broken is None or not isinstance(error, (StoreDamaged, StoreNewer, NotEnrolled)):
            return False
        self.on_broken(error)
        return True

    def mended(self) -> None:
        """What kept the store shut is mended."""
        if self.on_mended is not None:
            self.on_mended()
