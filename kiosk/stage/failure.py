"""Something did not work: a plain cause, one thing to do, a phone number, a code."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import NumericProperty, StringProperty

from kiosk.ui.words import _

from .base import KioskScreen
from .causes import Failure
from .phones import help_line
from .reading import time_to_read


class FailureScreen(KioskScreen):
    """The failure card; it leaves by itself."""

    name: ClassVar[str] = "failure"
    intent: ClassVar[str | None] = None

    cause = StringProperty("")
    next_step = StringProperty("")
    phone = StringProperty("")
    code = StringProperty("")
    way = StringProperty("")
    seconds = NumericProperty(10)
    _leads_to = ""

    def enter(self, answer: object) -> None:
        """Show a failure."""
        self.title = _("提示")
        if not isinstance(answer, Failure):
            return
        self.cause, self.next_step = answer.cause, answer.next_step
        self.leaves_after_s = time_to_read(answer.next_step)
        self._leads_to, self.way = answer.leads_to, answer.way or _("知道了")
        self.phone = "" if answer.is_rule else help_line(self.stage.glances)
        self.code = "" if answer.is_rule else _("技术员代码 {code}").format(code=answer.code)
        self.stage.play("no")

    def go_on(self) -> None:
        """Where the next step is taken; home if it is taken nowhere."""
        if self._leads_to:
            self.stage.show(self._leads_to)
        else:
            self.stage.go_home("home")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds
