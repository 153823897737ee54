"""Typing a label whose code cannot be read; the check character catches a slip."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from kivy.properties import BooleanProperty, StringProperty

from devices.codes import parse_label
from devices.errors import LabelError
from kiosk.stage.base import Stage
from kiosk.ui.theme import current_theme
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .base import LendingScreen, take_label

LENGTH: Final = 8   # seven digits and the check character
_BACK: Final = "back"
_TALL: Final = (*"123456789X0", _BACK)                              # in three columns
_WIDE: Final = (*"123", _BACK, *"456", "0", *"789", "X")            # in four, where a finger needs much of the panel


class Key(Tap):
    """A digit, X, or the way back."""

    sign = StringProperty("")


class KeypadScreen(LendingScreen):
    """Big digits and X."""

    name: ClassVar[str] = "keypad"
    intent: ClassVar[str | None] = None

    typed = StringProperty("")
    shown = StringProperty("")
    trouble = StringProperty("")
    complete = BooleanProperty(False)

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._keys = {name: Key(sign=name, text=name) for name in _TALL}
        self._keys[_BACK].text, self._keys[_BACK].icon = _("退格"), "backspace-outline"
        for key in self._keys.values():
            key.bind(on_release=self._tapped)

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with nothing typed."""
        self.title = _("输入漂流编号")
        self._lay_out()
        self.typed = ""
        self.on_typed()

    def leave(self) -> None:
        """Forget what was typed."""
        self.typed = ""

    def press(self, key: str) -> None:
        """A key: a digit, X, or `back`."""
        if key == _BACK:
            self.typed = self.typed[:-1]
        elif len(self.typed) < LENGTH and (key.isdigit() or len(self.typed) == LENGTH - 1):
            self.typed += key
        else:
            self.stage.play("tick")

    def on_typed(self, *_event: object) -> None:
        """Show what is there, and check it once it is whole."""
        places = self.typed.ljust(LENGTH, "_")
        self.shown = f"YZ {places[:7]}-{places[7]}"
        self.complete = len(self.typed) == LENGTH
        self.trouble = ""
        if self.complete:
            try:
                parse_label(self.typed)
            except LabelError:
                self.complete = False
                self.trouble = _("编号不对，请核对后重新输入")
                self.stage.play("no")

    def confirm(self) -> None:
        """Go on with the label."""
        if self.complete:
            take_label(self.stage, parse_label(self.typed), self.stage.step.word)

    def _lay_out(self) -> None:
        """Three rows of keys, and 确定 beside them, where four rows and a button below have no room."""
        is_tight, digits, confirm = current_theme().tight, self.ids.digits, self.ids.confirm
        digits.clear_widgets()
        for name in _WIDE if is_tight else _TALL:
            digits.add_widget(self._keys[name])
        confirm.parent.remove_widget(confirm)
        (self.ids.beside if is_tight else self.ids.below).add_widget(confirm)

    def _tapped(self, key: Key) -> None:
        self.press(key.sign)
