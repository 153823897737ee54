"""Something did not work: a plain cause, one thing to do, a phone number, a code."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import NumericProperty, StringProperty

from kiosk.ui.words import _

from .base import KioskScreen
from .causes import Failure
from .phones import help_line


class FailureScreen(KioskScreen):
    """The failure card; it leaves by itself."""

    name: ClassVar[str] = "failure"
    intent: ClassVar[str | None] = None
    leaves_after_s: float = 8

    cause = StringProperty("")
    next_step = StringProperty("")
    phone = StringProperty("")
    code = StringProperty("")
    seconds = NumericProperty(8)

    def enter(self, answer: object) -> None:
        """Show a failure."""
        self.title = _("提示")
        if not isinstance(answer, Failure):
            return
        self.cause, self.next_step = answer.cause, answer.next_step
        self.phone = help_line(self.stage.glances)
        self.code = _("技术员代码 {code}").format(code=answer.code)
        self.stage.play("no")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds
