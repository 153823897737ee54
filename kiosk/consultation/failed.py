"""It did not work: plain cause, one thing to do, whom to call, a code."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.stage.phones import phones_of
from kiosk.ui.words import _

from .asked import Wish
from .farewell import Failed
from .phone_rows import show_phones
from .service import ConsultationGlance


class FailedScreen(KioskScreen):
    """The failure card of a consultation."""

    name: ClassVar[str] = "consult_failed"
    leaves_after_s: float = 20

    cause = StringProperty("")
    next_step = StringProperty("")
    code = StringProperty("")
    can_retry = BooleanProperty(False)
    seconds = NumericProperty(20)
    _wish = Wish()

    def enter(self, answer: object) -> None:
        """Show a failure."""
        self.title = _("看医生")
        if isinstance(answer, Failed):
            error, self._wish = answer.error, answer.wish
            self.cause, self.next_step = _(error.cause), _(error.next_step)
            self.code = _("技术员代码 {code}").format(code=error.code)
            self.can_retry = error.can_retry
        show_phones(self.ids.phones, phones_of(self.stage.glances))
        self.stage.play("no")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds

    def retry(self) -> None:
        """Once more from the mirror; who agreed a moment ago need not agree again."""
        self.stage.show("consult_waiting", self._wish)


class ClosedScreen(KioskScreen):
    """Why no doctor can be seen now, when one can, and whom to call until then."""

    name: ClassVar[str] = "consult_closed"

    cause = StringProperty("")
    note = StringProperty("")

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show why."""
        self.title = _("看医生")
        glances = self.stage.glances
        glance = glances.find(ConsultationGlance) if glances else None
        reason, hours = (glance.reason, glance.hours) if glance else ("doctor", "")
        self.cause = {
            "line": _("现在没有网络"),
            "window": _("本站的视频还没装好"),
            "camera": _("本站的摄像头没接好"),
        }.get(reason, _("医生现在不在"))
        self.note = {
            "line": _("网络好了，这里会自己亮起来。"),
            "window": _("已经记下，会有人来处理。"),
            "camera": _("已经记下，会有人来处理。"),
        }.get(reason, _("出诊时间：{hours}").format(hours=hours) if hours else _("请过一会儿再来看看。"))
        show_phones(self.ids.phones, phones_of(glances))
