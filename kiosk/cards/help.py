"""Whom to call."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import KioskScreen
from kiosk.stage.phones import EMERGENCY, UNION, phones_of
from kiosk.ui.words import _
from sync.protocol.documents import Phone

_MOST_PHONES: Final = 5
_FEW: Final = 3


class PhoneRow(BoxLayout):
    """A name and its number, large."""

    icon = StringProperty("phone")
    label = StringProperty("")
    number = StringProperty("")
    is_crowded = BooleanProperty(False)
    hue = ColorProperty("#2A211C")
    fill = ColorProperty("#F3ECE2")


class HelpScreen(KioskScreen):
    """The phone numbers, the emergency first."""

    name: ClassVar[str] = "help"
    _phones: list[Phone] | None = None

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show the numbers."""
        self.title = _("求助")
        phones = phones_of(self.stage.glances)[:_MOST_PHONES]
        if phones == self._phones:
            return
        self._phones = phones
        rows = self.ids.rows
        rows.clear_widgets()
        icons = {EMERGENCY: "ambulance", UNION: "face-agent"}
        for phone in phones:
            alarm = phone.number == EMERGENCY
            row = PhoneRow(icon=icons.get(phone.number, "phone"), label=phone.name, number=phone.number)
            row.is_crowded = len(phones) > _FEW
            if alarm:
                row.hue, row.fill = "#B5121B", "#FDEBEA"
            rows.add_widget(row)
