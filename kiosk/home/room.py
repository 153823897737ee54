"""What the stage rests on: the home screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from kiosk.stage.base import KioskScreen
from kiosk.stage.ground import Ground
from kiosk.stage.room import Room

from .home import HomeScreen
from .service import PosterGlance, PosterService


class HomeRoom(Room[PosterService]):
    """Poster, panels and doors."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (HomeScreen,)

    def open(self, ground: Ground) -> PosterService:
        """The service that knows the posters."""
        return PosterService(ground.store)

    def glance(self, service: PosterService) -> PosterGlance:
        """The posters."""
        return service.glance()


ROOM: Final = HomeRoom()
