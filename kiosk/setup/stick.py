"""What the update on a stick has come to, for the technician who plugged it in and waits."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.stage.glances import Glances
from kiosk.stage.opened import Opened
from kiosk.ui.words import _
from sync.station.errors import StoreFull, StoreUnwritable
from sync.station.facts import StickUpdate
from sync.station.host.errors import FAULTS

from .service import SetupGlance, SetupService

_STAYS_S: Final = 60.0      # whoever bends over the machine looks up in time
_NEXT_STEPS: Final = {code: kind.next_step for code, kind in FAULTS.items()} | {
    kind.code: kind.next_step for kind in (StoreFull, StoreUnwritable)
}
_STUCK: Final = "UPDATE-STUCK"


class StickScreen(KioskScreen):
    """In the place of home, once for each thing there is to say; a worker who comes just goes on."""

    name: ClassVar[str] = "setup_stick"
    leaves_after_s = _STAYS_S

    verdict = StringProperty("")
    next_step = StringProperty("")
    code = StringProperty("")
    icon = StringProperty("check")
    is_well = BooleanProperty(True)
    seconds = NumericProperty(_STAYS_S)

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Say it, and have it said."""
        self.title = _("U 盘更新")
        glance = self.stage.glances.find(SetupGlance) if self.stage.glances else None
        stick = glance.stick if glance else StickUpdate()
        self.is_well = stick.step != "failed"
        self.icon = {"failed": "exclamation-thick", "runs": "check"}.get(stick.step, "timer-sand")
        self.verdict, self.next_step = _words(stick)
        self.code = _("技术员代码 {}").format(stick.code) if stick.code else ""
        self.stage.play("done" if self.is_well else "no")
        service, opened = self.stage.service(SetupService), self.stage.service(Opened)
        self.stage.quietly(lambda: (service.told_of(stick), opened.look())[1], self.stage.set_glances)

    def glances_changed(self, glances: Glances) -> None:
        """It has come to something else, or the stick was plugged in once more."""
        glance = glances.find(SetupGlance)
        if self.parent is not None and glance is not None and glance.stick.step:
            self.enter(None)
            self.stage.restart_countdown()

    def takes_scan(self, frame: bytes) -> bool:     # noqa: ARG002
        """While the office has closed the station nobody borrows, here neither."""
        glance = self.stage.glances.find(SetupGlance) if self.stage.glances else None
        return glance is not None and not glance.is_open

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds


def _words(stick: StickUpdate) -> tuple[str, str]:
    """What it has come to, and what to do next."""
    version = stick.version
    match stick.step:
        case "installing":
            said = _("正在安装 {version}").format(version=version)
            return said, _("要几分钟，装好自己重启。请不要拔 U 盘，不要断电。")
        case "trial":
            return _("正在试用 {version}").format(version=version), _("几分钟后自己确定；不正常会退回原来的程序。")
        case "runs":
            return _("{version} 装好了").format(version=version), _("可以拔掉 U 盘了。")
        case _ if stick.code in _NEXT_STEPS:
            return _("U 盘里的更新用不了"), _(_NEXT_STEPS[stick.code])
        case _:
            said = _("{version} 在本机不正常").format(version=version)
            if stick.code == _STUCK:
                return said, _("退不回原来的程序，还在用它。请把代码告诉总工会，换一个更新。")
            return said, _("用的是原来的程序，不受影响。请拔掉 U 盘，把代码告诉总工会。")
