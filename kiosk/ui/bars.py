"""The bar above and the bar below every screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from .widgets import Tap
from .words import _


class BarItem(NamedTuple):
    """One thing in the bottom bar."""

    icon: str
    text: str
    act: Callable[[], object]
    alarm: bool = False     # drawn in union red


class TopBar(BoxLayout):
    """Where one is: the station's name at home, a way back and the title elsewhere; link and time."""

    title = StringProperty("")
    has_back = BooleanProperty(False)
    link_icon = StringProperty("cloud-check")
    link_text = StringProperty("")
    link_ink = ColorProperty("#17795B")
    time = StringProperty("")

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self.register_event_type("on_back")
        super().__init__(**given)

    def on_back(self) -> None:
        """The way back was tapped."""

    def show_link(self, *, online: bool, pending: int) -> None:
        """Whether the office hears us, and how much waits for it."""
        self.link_icon = "cloud-check" if online else "cloud-off-outline"
        if online:
            self.link_text = _("已联网")
        elif pending:
            self.link_text = _("未联网，已存 {count} 条").format(count=f"{pending:,}")
        else:
            self.link_text = _("未联网")
        self.link_ink = "#17795B" if online else "#4E453F"


class BarButton(Tap):
    """One item of the bottom bar."""

    hue = ColorProperty("#2A211C")
    act: Callable[[], object] | None = None

    def on_release(self) -> None:
        """Do what the item is for."""
        super().on_release()
        if self.act is not None:
            self.act()


class BottomBar(BoxLayout):
    """What can be reached from anywhere: a list, so that modes can be added."""

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(**given)
        self._spare: list[BarButton] = []

    def show(self, items: Sequence[BarItem], ink: object, red: object) -> None:
        """Show these items, reusing the buttons there are."""
        row = self.ids.row
        while len(row.children) > len(items):
            self._spare.append(row.children[0])
            row.remove_widget(row.children[0])
        while len(row.children) < len(items):
            row.add_widget(self._spare.pop() if self._spare else BarButton())
        for button, item in zip(reversed(row.children), items, strict=True):
            button.icon, button.text, button.act = item.icon, item.text, item.act
            button.hue = red if item.alarm else ink
