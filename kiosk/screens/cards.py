"""Cards that can be opened from anywhere: phone numbers, and what the station offers."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.services.board import Board
from kiosk.ui.words import _
from sync.protocol.documents import Amenity, Phone

from .base import KioskScreen
from .phones import EMERGENCY, UNION, phones_of

_MOST_PHONES: Final = 5
_MOST_AMENITIES: Final = 12


class PhoneRow(BoxLayout):
    """A name and its number, large."""

    icon = StringProperty("phone")
    label = StringProperty("")
    number = StringProperty("")
    hue = ColorProperty("#2A211C")
    fill = ColorProperty("#F3ECE2")


class AmenityTile(BoxLayout):
    """Something the station offers."""

    icon = StringProperty("")
    label = StringProperty("")


class HelpScreen(KioskScreen):
    """Whom to call."""

    name: ClassVar[str] = "help"
    _phones: list[Phone] | None = None

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show the numbers."""
        self.title = _("求助")
        phones = phones_of(self.stage.board)[:_MOST_PHONES]
        if phones == self._phones:
            return
        self._phones = phones
        rows = self.ids.rows
        rows.clear_widgets()
        icons = {EMERGENCY: "ambulance", UNION: "face-agent"}
        for phone in phones:
            alarm = phone.number == EMERGENCY
            row = PhoneRow(icon=icons.get(phone.number, "phone"), label=phone.name, number=phone.number)
            if alarm:
                row.hue, row.fill = "#B5121B", "#FDEBEA"
            rows.add_widget(row)


class AmenitiesScreen(KioskScreen):
    """WiFi and what there is in the room."""

    name: ClassVar[str] = "amenities"

    wifi = StringProperty("")
    place = StringProperty("")
    _amenities: tuple[Amenity, ...] = ()

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show what the office publishes of this station."""
        self.title = _("WiFi 设施")
        if self.stage.board is not None:
            self.board_changed(self.stage.board)

    def board_changed(self, board: Board) -> None:
        """Show the newest settings."""
        settings = board.settings
        self.wifi = settings.wifi_name
        self.place = " · ".join(filter(None, (settings.name, settings.place)))
        if settings.amenities == self._amenities:
            return
        self._amenities = settings.amenities
        grid = self.ids.amenities
        grid.clear_widgets()
        for amenity in settings.amenities[:_MOST_AMENITIES]:
            grid.add_widget(AmenityTile(icon=amenity.icon, label=amenity.name))
