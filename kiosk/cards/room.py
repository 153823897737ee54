"""What the cards bring: two screens that can be opened from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from kiosk.stage.base import KioskScreen
from kiosk.stage.offers import BarEntry
from kiosk.stage.room import Room
from kiosk.ui.words import _

from .amenities import AmenitiesScreen
from .help import HelpScreen


class CardsRoom(Room[None]):
    """WiFi and amenities, and whom to call."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (HelpScreen, AmenitiesScreen)

    def bar(self) -> Sequence[BarEntry]:
        """Both, from anywhere."""
        return (
            BarEntry("wifi", _("WiFi 设施"), "amenities"),
            BarEntry("phone", _("求助"), "help", alarm=True),
        )


ROOM: Final = CardsRoom()
