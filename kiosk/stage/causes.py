"""What a failure is called on the screen: plain cause, next step, code."""

from __future__ import annotations

from typing import Final

import msgspec

from devices.errors import DeviceError
from kiosk.errors import KioskError
from kiosk.ui.words import _
from sync.protocol.errors import SyncError

_UNFORESEEN: Final = "KIOSK-FAULT"


class Failure(msgspec.Struct, frozen=True):
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
        "SYNC-LINE": _("连不上总工会"),
        "SYNC-TLS": _("对面不能证明自己是总工会"),
        "SYNC-WIRE": _("这个网址上不是总工会"),
        "SYNC-BUSY": _("总工会服务器忙"),
        "SYNC-SLOW": _("线路太慢"),
        "SYNC-ADDRESS": _("总工会网址不对"),
        "SYNC-CLOCK": _("本机时间不对"),
        "SYNC-REFUSED": _("总工会没有接受"),
        "SYNC-REVOKED": _("本站已被总工会停用"),
        "SYNC-CLONED": _("这台机器像是复制的"),
        "SYNC-VERSION": _("本机程序太旧"),
        "SYNC-VERSION-OFFICE": _("总工会的程序太旧"),
        "ENROL-CODE": _("登记码不对"),
        "ENROL-REFUSED": _("总工会不认这个登记码"),
        "ALREADY-ENROLLED": _("本机已经登记"),
        "KEY-MISSING": _("本机的密钥不能用"),
        "HOST-FAILED": _("本机没有照做"),
        "HOST-AWAY": _("这台电脑不归驿站系统管"),
        "HOST-REFUSED": _("触摸屏程序没有权限"),
        "DEV-LABEL": _("编号不对"),
    }
