"""What the cards bring: a screen that can be opened from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from kiosk.stage.base import KioskScreen
from kiosk.stage.offers import BarEntry
from kiosk.stage.room import Room
from kiosk.ui.words import _

from .help import HelpScreen


class CardsRoom(Room[None]):
    """Whom to call."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (HelpScreen,)

    def bar(self) -> Sequence[BarEntry]:
        """From anywhere."""
        return (BarEntry("phone", _("求助"), "help", alarm=True),)


ROOM: Final = CardsRoom()
