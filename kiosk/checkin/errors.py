"""What can go wrong in checking in, each with a code, a cause and a next step."""

from __future__ import annotations

from kiosk.errors import KioskError


class UnknownTrade(KioskError):
    """The trade that was tapped is no longer published."""

    code = "CHECKIN-TRADE"
    is_rule = True
    cause = "这个工种刚刚换了"
    next_step = "工种名单刚更新过，请再点一次"


class NothingToUndo(KioskError):
    """The check-in is not there, already undone, or too old to take back."""

    code = "CHECKIN-UNDO"
    is_rule = True
    cause = "这次签到撤销不了"
    next_step = "已经过了撤销时间，不用管它"
