"""What a failure is called on the screen: plain cause, next step, code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.errors import DeviceError
from kiosk.errors import KioskError
from kiosk.ui.words import _
from sync.protocol.errors import SyncError

_UNFORESEEN: Final = "KIOSK-FAULT"


@dataclass(frozen=True)
class Failure:
    """One failure as shown."""

    cause: str
    next_step: str
    code: str
    is_foreseen: bool = True
    is_rule: bool = False       # of the house: nothing is broken
    leads_to: str = ""          # screen of the next step
    way: str = ""               # what the button to it says


def failure_of(error: Exception) -> Failure:
    """How to tell a person about this error."""
    if isinstance(error, KioskError):
        return Failure(
            _(error.cause), _(error.next_step), error.code,
            is_rule=error.is_rule, leads_to=error.leads_to, way=_(error.way) if error.way else "",
        )
    if isinstance(error, (SyncError, DeviceError)):
        return Failure(_causes().get(error.code, _("刚才的操作没有成功")), _(error.next_step), error.code)
    return Failure(_("刚才的操作没有成功"), _("请再试一次，还不行请打求助电话"), _UNFORESEEN, is_foreseen=False)


def _causes() -> dict[str, str]:
    return {
        "STORE-FULL": _("机器存满了，刚才的没有记下"),
        "STORE-LOCKED": _("系统正忙，刚才的没有记下"),
        "STORE-DAMAGED": _("机器里的数据文件坏了"),
        "STORE-UNWRITABLE": _("机器写不进数据了"),
        "STORE-NEWER": _("程序版本太旧"),
        "NOT-ENROLLED": _("本站还没有登记"),
        "SYNC-SIZE": _("刚才的内容太长，没有记下"),
        "DEV-LABEL": _("编号不对"),
    }
