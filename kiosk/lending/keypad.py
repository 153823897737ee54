"""Typing a label whose code cannot be read; the check character catches a slip."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import BooleanProperty, StringProperty

from devices.codes import parse_label
from devices.errors import LabelError
from kiosk.ui.words import _

from .base import LendingScreen, take_label

LENGTH: Final = 8   # seven digits and the check character


class KeypadScreen(LendingScreen):
    """Big digits and X."""

    name: ClassVar[str] = "keypad"
    intent: ClassVar[str | None] = None

    typed = StringProperty("")
    shown = StringProperty("")
    trouble = StringProperty("")
    complete = BooleanProperty(False)

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with nothing typed."""
        self.title = _("输入漂流编号")
        self.typed = ""
        self.on_typed()

    def leave(self) -> None:
        """Forget what was typed."""
        self.typed = ""

    def press(self, key: str) -> None:
        """A key: a digit, X, or `back`."""
        if key == "back":
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
