"""Typing the date and the time, where neither a battery nor a network knows them: without, no certificate is valid."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from kiosk.stage.causes import failure_of
from kiosk.ui.words import _
from sync.station.clock import PROGRAM_DATE

from .enrolment import ZONE, EnrolmentService
from .typing import TypingScreen

_SHAPE: Final = "____-__-__ __:__"


class ClockScreen(TypingScreen):
    """Twelve digits; a time server has the last word once there is one."""

    name: ClassVar[str] = "setup_clock"
    signs: ClassVar[str] = "1234567890"
    most: ClassVar[int] = _SHAPE.count("_")
    across: ClassVar[int] = 4

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with nothing typed."""
        self.heading, self.verb = _("日期和时间"), _("就是这个时间")
        self.question = _("现在几点？北京时间，年月日时分")
        self.hint = _("比如 {example}；接上网以后会自己对准").format(example="202612010830")
        self.typed = ""
        self.on_typed()

    def show_typed(self) -> str:
        """2026-12-01 08:30, with a place for what is missing."""
        typed = iter(self.typed)
        return "".join(next(typed, "_") if sign == "_" else sign for sign in _SHAPE)

    def judge(self) -> tuple[bool, str]:
        """Whether there is such a moment, and not before this program was made."""
        if len(self.typed) < self.most:
            return False, ""
        at = self._at()
        if at is None or at < PROGRAM_DATE:
            return False, _("没有这个时间，或者比程序还早，请重新输入")
        return True, ""

    def confirm(self) -> None:
        """Set it, and back to the code."""
        at, service = self._at(), self.stage.service(EnrolmentService)
        if at is None:
            return

        def work() -> Exception | None:
            try:
                service.set_clock(at)
            except Exception as error:  # told here  # noqa: BLE001
                return error
            return None

        self.stage.quietly(work, self._was_set)

    def _was_set(self, error: Exception | None) -> None:
        if error is None:
            self.stage.show(self.back_to)
        else:
            self.trouble = failure_of(error).next_step
            self.stage.play("no")

    def _at(self) -> datetime | None:
        try:
            return datetime.strptime(self.typed, "%Y%m%d%H%M").replace(tzinfo=ZONE)
        except ValueError:
            return None
