"""What set-up brings: the way from a new machine to a station in service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from kiosk.clock import Clock
from kiosk.stage.base import KioskScreen
from kiosk.stage.glances import Glances
from kiosk.stage.ground import Ground, Site
from kiosk.stage.room import Room

from .begin import BeginScreen
from .clock import ClockScreen
from .code import CodeScreen
from .corners import CornersScreen
from .damaged import DamagedScreen
from .enrolment import EnrolmentService
from .name import NameScreen
from .office import OfficeScreen
from .out_of_service import OutOfServiceScreen
from .service import SetupGlance, SetupService
from .sheet import SheetScreen
from .stick import StickScreen
from .test import TestScreen


class SetupRoom(Room[SetupService]):
    """Enrolment, and the test after it."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (
        BeginScreen, CodeScreen, OfficeScreen, TestScreen, CornersScreen, NameScreen, SheetScreen, OutOfServiceScreen,
        DamagedScreen, ClockScreen, StickScreen,
    )
    at_hand: ClassVar[Sequence[type[KioskScreen]] | None] = ()  # a station in service hardly ever shows them
    mends: ClassVar[Mapping[str, str]] = {"NOT-ENROLLED": "setup_begin", "STORE-DAMAGED": "setup_damaged"}

    def prepare(self, site: Site, clock: Clock) -> EnrolmentService:
        """What enrols, before there is a store."""
        return EnrolmentService(site, clock)

    def open(self, ground: Ground) -> SetupService:
        """What tests, once there is one."""
        return SetupService(ground)

    def glance(self, service: SetupService) -> SetupGlance:
        """Whether home has to wait."""
        return service.glance()

    def before_home(self, glances: Glances) -> str:
        """The test, until it was passed; what a stick that is plugged in has come to; that the office has closed."""
        glance = glances.find(SetupGlance)
        if glance is None:
            return ""
        if glance.is_test_needed:
            return TestScreen.name
        if glance.stick.step:
            return StickScreen.name
        return "" if glance.is_open else OutOfServiceScreen.name


ROOM: Final = SetupRoom()
