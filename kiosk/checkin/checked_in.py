"""Checked in: welcome, take it back for ten seconds, or count a companion."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.stage.reading import time_to_read
from kiosk.ui.words import _, clock_time

from .service import UNDO_S, CheckinService, CheckinShown


class CheckedInScreen(KioskScreen):
    """Says welcome."""

    name: ClassVar[str] = "checked_in"
    intent: ClassVar[str | None] = None

    headline = StringProperty("")
    trade_name = StringProperty("")
    trade_icon = StringProperty("account-group")
    lines = StringProperty("")
    saved = StringProperty("")
    can_undo = BooleanProperty(False)
    seconds = NumericProperty(UNDO_S)
    _checkins: Sequence[str] = ()   # of the worker and who came along
    _undo_until_s = 0.0

    def enter(self, answer: object) -> None:
        """Show a check-in."""
        self.title = _("签到")
        self._checkins = ()
        if isinstance(answer, CheckinShown):
            self._show(answer)

    def leave(self) -> None:
        """Forget who it was."""
        self._checkins = ()

    def count(self, seconds: int) -> None:
        """Time until it leaves; the time to take it back may be over before."""
        self.seconds = seconds
        if self.stage.clock.monotonic() >= self._undo_until_s:
            self.can_undo = False

    def undo(self) -> None:
        """Take the check-in back, and those of who came along."""
        self.run(partial(self.stage.service(CheckinService).undo, *self._checkins), self._undone)

    def add_companion(self) -> None:
        """One more came along."""
        self.run(self.stage.service(CheckinService).add_companion, self._show_companion)

    def _undone(self, _answer: None) -> None:
        self.can_undo, self._checkins = False, ()
        self.headline, self.lines, self.saved = _("已撤销"), _("刚才的签到没有记。"), ""
        self.leaves_after_s = time_to_read(self.lines)
        self.stage.play("tick")
        self.stage.restart_countdown()

    def _show_companion(self, shown: CheckinShown) -> None:
        self._show(shown)
        self.stage.restart_countdown()

    def _show(self, shown: CheckinShown) -> None:
        self._checkins = [*self._checkins, shown.checkin] if shown.checkin else []
        self._undo_until_s = self.stage.clock.monotonic() + UNDO_S
        self.can_undo = bool(shown.checkin)
        companions = len(self._checkins) - 1
        self.trade_name = shown.trade.name if shown.trade else _("劳动者")
        self.trade_icon = shown.trade.icon if shown.trade else "account-group"
        if shown.already_at:
            self.headline = _("您 {time} 已签到").format(time=clock_time(shown.already_at))
            self.lines = _("一小时内不用再签，进来歇着就好。")
        elif companions > 0:
            self.headline = _("签到成功，欢迎歇脚")
            self.lines = _("您和 {count} 位同伴都签好了。\n今天第 {visits} 位劳动者在这里休息。").format(
                count=companions, visits=shown.visits_today
            )
        else:
            self.headline = _("签到成功，欢迎歇脚")
            first = _("没查到会员，已按匿名签到。\n") if shown.unknown_member else ""
            self.lines = first + _("您是今天第 {visits} 位来休息的劳动者。").format(visits=shown.visits_today)
        self.leaves_after_s = time_to_read(self.lines)
        self.saved = "" if shown.online or not shown.checkin else _("已保存，联网后上传")
        self.stage.play("done" if shown.checkin else "tick")
