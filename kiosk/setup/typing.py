"""A screen on which something is typed: what is there so far, keys, and one button."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, StringProperty

from .base import SetupScreen
from .keys import BACK


class TypingScreen(SetupScreen):
    """What is typed keeps to `signs` and `most`; `judge` says whether it is whole, or what is wrong with it."""

    signs: ClassVar[str] = ""
    most: ClassVar[int] = 1
    across: ClassVar[int] = 6
    back_to: ClassVar[str] = "setup_begin"

    heading = StringProperty("")
    question = StringProperty("")
    hint = StringProperty("")
    typed = StringProperty("")
    shown = StringProperty("")
    trouble = StringProperty("")
    verb = StringProperty("")
    complete = BooleanProperty(False)

    def press(self, sign: str) -> None:
        """A key."""
        if sign == BACK:
            self.typed = self.typed[:-1]
        elif len(self.typed) < self.most:
            self.typed += sign
        else:
            self.stage.play("tick")

    def on_typed(self, *_event: object) -> None:
        """Show what is there, and judge it."""
        self.shown = self.show_typed()
        self.complete, self.trouble = self.judge()
        if self.trouble:
            self.stage.play("no")

    def show_typed(self) -> str:
        """What is typed as people write it."""
        return self.typed or "_"

    def judge(self) -> tuple[bool, str]:
        """Whether it can be used, and what is wrong with it."""
        return bool(self.typed), ""

    def confirm(self) -> None:
        """Go on with it."""
