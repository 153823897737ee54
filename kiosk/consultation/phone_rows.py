"""Numbers to call, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kivy.properties import ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.phones import EMERGENCY
from kiosk.ui.theme import current_theme
from sync.protocol.documents import Phone

_MOST: Final = 3
_FEWER: Final = 2       # in large type, where the screen is no higher than it is


class CallRow(BoxLayout):
    """A name and its number."""

    label = StringProperty("")
    number = StringProperty("")
    hue = ColorProperty("#2A211C")
    fill = ColorProperty("#F3ECE2")


def show_phones(rows: Any, phones: Sequence[Phone]) -> None:     # Kivy's widgets have no types  # noqa: ANN401
    """Put the numbers into the rows, the emergency first and red."""
    rows.clear_widgets()
    theme = current_theme()
    for phone in phones[:_FEWER if theme.large and not theme.portrait else _MOST]:
        row = CallRow(label=phone.name, number=phone.number)
        if phone.number == EMERGENCY:
            row.hue, row.fill = "#B5121B", "#FDEBEA"
        rows.add_widget(row)
