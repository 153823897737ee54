"""One part of the set-up test as a row: how it came out, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.checks import Outcome
from kiosk.ui.widgets import Card, Tap
from kiosk.ui.words import _

ICONS: Final = {
    "waiting": "circle-outline", "running": "timer-sand", "works": "check-circle", "fails": "alert-circle",
    "absent": "minus-circle-outline", "waived": "account-check",
}


class Way(NamedTuple):
    """Something to tap in a row."""

    text: str
    go: Callable[[], object]


class PartTap(Tap):
    """A small button of a row."""


class PartWays(BoxLayout):
    """The buttons of a row."""


class PartRow(Card):
    """A part: its icon, its name, what was found, and at most two buttons."""

    part = StringProperty("")
    state = StringProperty("waiting")
    icon = StringProperty(ICONS["waiting"])
    text = StringProperty("")
    note = StringProperty("")
    ways = NumericProperty(0)

    def show(self, state: str, note: str = "", ways: Sequence[Way] = ()) -> None:
        """Show how it stands."""
        self.state, self.icon, self.note = state, ICONS[state], note
        box: Any = self.ids.ways
        box.clear_widgets()
        self.ways = len(ways)
        for way in ways:
            tap = PartTap(text=way.text)
            tap.bind(on_release=partial(_go, way))
            box.add_widget(tap)


def note_of(outcome: Outcome, waived_by: str) -> str:
    """What is said of an outcome."""
    if outcome.result == "absent":
        return _(outcome.found) or _("本机没有，不用测")
    if outcome.result == "works":
        return outcome.found or _("正常")
    if waived_by:
        return _("{who} 免检 {code}").format(who=waived_by, code=outcome.code)
    return _("没通过 {code}").format(code=outcome.code)


def _go(way: Way, _tap: Tap) -> None:
    way.go()
