"""Nothing can be recorded: the whole screen says so."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import StringProperty

from .base import KioskScreen
from .causes import Failure
from .phones import help_line


class OutOfOrderScreen(KioskScreen):
    """Full screen, without bars; stays until the program works again."""

    name: ClassVar[str] = "out_of_order"
    is_whole: ClassVar[bool] = True

    cause = StringProperty("")
    next_step = StringProperty("")
    phone = StringProperty("")
    code = StringProperty("")

    def enter(self, answer: object) -> None:
        """Show why."""
        if isinstance(answer, Failure):
            self.cause, self.next_step, self.code = answer.cause, answer.next_step, answer.code
        self.phone = help_line(self.stage.glances)
