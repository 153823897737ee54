"""What set-up brings: the way from a new machine to a station in service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from kiosk.clock import Clock
from kiosk.stage.base import KioskScreen
from kiosk.stage.ground import Site
from kiosk.stage.room import Room

from .begin import BeginScreen
from .code import CodeScreen
from .enrolment import EnrolmentService
from .office import OfficeScreen


class SetupRoom(Room[None]):
    """Enrolment."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (BeginScreen, CodeScreen, OfficeScreen)
    mends: ClassVar[Mapping[str, str]] = {"NOT-ENROLLED": "setup_begin"}

    def prepare(self, site: Site, clock: Clock) -> EnrolmentService:
        """What enrols, before there is a store."""
        return EnrolmentService(site, clock)


ROOM: Final = SetupRoom()
