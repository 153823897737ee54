"""What faults bring: WiFi and amenities from anywhere, and the way to say that one of them needs a hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from kiosk.stage.base import KioskScreen
from kiosk.stage.ground import Ground
from kiosk.stage.offers import BarEntry
from kiosk.stage.room import Room
from kiosk.ui.words import _

from .amenities import AmenitiesScreen
from .reported import ReportedScreen
from .service import FaultService, FaultsGlance
from .what import WhatScreen


class FaultsRoom(Room[FaultService]):
    """What there is, and what is wrong with it."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (AmenitiesScreen, WhatScreen, ReportedScreen)

    def open(self, ground: Ground) -> FaultService:
        """The service that takes reports."""
        return FaultService(ground)

    def glance(self, service: FaultService) -> FaultsGlance:
        """What is at fault now."""
        return service.glance()

    def bar(self) -> Sequence[BarEntry]:
        """The amenities, from anywhere."""
        return (BarEntry("wifi", _("WiFi 设施"), "amenities"),)


ROOM: Final = FaultsRoom()
