"""Checked in: welcome, take it back for ten seconds, or count a companion."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.ui.words import _, clock_time

from .service import UNDO_S, CheckinService, CheckinShown


class CheckedInScreen(KioskScreen):
    """Says welcome."""

    name: ClassVar[str] = "checked_in"
    intent: ClassVar[str | None] = None
    leaves_after_s: float = UNDO_S

    headline = StringProperty("")
    trade_name = StringProperty("")
    trade_icon = StringProperty("account-group")
    lines = StringProperty("")
    saved = StringProperty("")
    can_undo = BooleanProperty(False)
    seconds = NumericProperty(UNDO_S)
    _checkin = ""
    _companions = 0

    def enter(self, answer: object) -> None:
        """Show a check-in."""
        self.title = _("签到")
        self._companions = 0
        if isinstance(answer, CheckinShown):
            self._show(answer)

    def leave(self) -> None:
        """Forget who it was."""
        self._checkin = ""

    def count(self, seconds: int) -> None:
        """Time left to take it back."""
        self.seconds = seconds

    def undo(self) -> None:
        """Take the last check-in back."""
        self.run(partial(self.stage.service(CheckinService).undo, self._checkin), self._undone)

    def add_companion(self) -> None:
        """One more came along."""
        self.run(self.stage.service(CheckinService).add_companion, self._show_companion)

    def _undone(self, _answer: None) -> None:
        self.stage.play("tick")
        self.stage.go_home("home")

    def _show_companion(self, shown: CheckinShown) -> None:
        self._companions += 1
        self._show(shown)
        self.stage.restart_countdown()

    def _show(self, shown: CheckinShown) -> None:
        self._checkin = shown.checkin
        self.can_undo = bool(shown.checkin)
        self.trade_name = shown.trade.name if shown.trade else _("劳动者")
        self.trade_icon = shown.trade.icon if shown.trade else "account-group"
        if shown.already_at:
            self.headline = _("您 {time} 已签到").format(time=clock_time(shown.already_at))
            self.lines = _("一小时内不用再签，进来歇着就好。")
        elif self._companions:
            self.headline = _("签到成功，欢迎歇脚")
            self.lines = _("您和 {count} 位同伴都签好了。\n今天第 {visits} 位劳动者在这里休息。").format(
                count=self._companions, visits=shown.visits_today
            )
        else:
            self.headline = _("签到成功，欢迎歇脚")
            first = _("没查到会员，已按匿名签到。\n") if shown.unknown_member else ""
            self.lines = first + _("您是今天第 {visits} 位来休息的劳动者。").format(visits=shown.visits_today)
        self.saved = "" if shown.online or not shown.checkin else _("已保存，联网后上传")
        self.stage.play("done" if shown.checkin else "tick")
