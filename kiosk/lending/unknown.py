"""A code that nothing here knows."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import NumericProperty, StringProperty

from kiosk.stage.reading import time_to_read
from kiosk.ui.words import _

from .base import WAITS_FOR, LendingScreen


class UnknownScreen(LendingScreen):
    """Says so, and offers to type the number."""

    name: ClassVar[str] = "unknown"
    intent: ClassVar[str | None] = None

    headline = StringProperty("")
    advice = StringProperty("")
    seconds = NumericProperty(10)

    def enter(self, answer: object) -> None:
        """Show why: `periodical`, `isbn`, or nothing."""
        self.title = _("扫码")
        self.headline = _("系统里没有这个条码")
        self.advice = _("请扫书后“漂流编号”上面的条码，\n或者把编号输进来。")
        if answer == "periodical":
            self.headline = _("这是杂志的条码")
            self.advice = _("漂流书架上的书才能借还。\n杂志看完请放回原处，谢谢！")
        elif answer == "isbn":
            self.headline = _("请扫漂流标签")
            self.advice = _("这是书的定价条码，同样的书都一样。\n请扫书后“漂流编号”上面的条码。")
        self.leaves_after_s = time_to_read(self.advice)
        self.stage.play("no")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds

    def type_label(self) -> None:
        """Type the number."""
        self.stage.show("keypad")

    def go_back(self) -> None:
        """Back to the step in which it was scanned; home if it was none."""
        if waits := WAITS_FOR.get(self.stage.step.word):
            self.stage.show(waits)
        else:
            self.stage.go_home("home")
