"""Reported: thank you, and ten seconds to take it back."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.ui.words import _

from .service import UNDO_S, FaultService, ReportShown


class ReportedScreen(KioskScreen):
    """Says thank you, or that somebody was first."""

    name: ClassVar[str] = "fault_reported"
    leaves_after_s: float = UNDO_S

    headline = StringProperty("")
    amenity = StringProperty("")
    icon = StringProperty("")
    lines = StringProperty("")
    saved = StringProperty("")
    can_undo = BooleanProperty(False)
    seconds = NumericProperty(UNDO_S)
    _report = ""

    def enter(self, answer: object) -> None:
        """Show a report."""
        self.title = _("报修")
        if isinstance(answer, ReportShown):
            self._show(answer)

    def leave(self) -> None:
        """Nobody else may take it back."""
        self._report = ""

    def count(self, seconds: int) -> None:
        """Time left to take it back."""
        self.seconds = seconds

    def undo(self) -> None:
        """Take the report back, and look again at what there is."""
        self.run(partial(self.stage.service(FaultService).undo, self._report), self._undone)

    def _undone(self, _answer: None) -> None:
        self.stage.play("tick")
        self.stage.show("amenities")

    def _show(self, shown: ReportShown) -> None:
        self._report = shown.report
        self.can_undo = bool(shown.report)
        self.amenity, self.icon = shown.amenity, shown.icon
        if shown.report:
            self.headline = _("谢谢，已报修")
            self.lines = _("会有人来处理。点错了可以撤销。")
        else:
            self.headline = _("已报修")
            self.lines = _("已有人报修过，正在处理。谢谢您告诉我们。")
        self.saved = _("已保存，联网后上传") if shown.report and not shown.online else ""
        self.stage.play("done" if shown.report else "tick")
