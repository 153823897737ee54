"""What can go wrong in a worker's own doings, each with a code and a next step."""

from __future__ import annotations

from typing import ClassVar


class KioskError(Exception):
    """Root of the kiosk's faults; `code` is stable, `next_step` is shown to the worker."""

    code: ClassVar[str] = "KIOSK"
    next_step: str = "请再试一次，还不行请打求助电话"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class ConfigError(KioskError):
    """The configuration is wrong; `detail` lists every fault."""

    code = "KIOSK-CONFIG"
    next_step = "请技术员按提示改正配置"


class FontsMissing(KioskError):
    """The Chinese faces have not been prepared."""

    code = "KIOSK-FONTS"
    next_step = "请技术员重新运行安装程序"


class UnknownTrade(KioskError):
    """The trade that was tapped is no longer published."""

    code = "CHECKIN-TRADE"
    next_step = "工种名单刚更新过，请再点一次"


class NothingToUndo(KioskError):
    """The check-in is not there, already undone, or too old to take back."""

    code = "CHECKIN-UNDO"
    next_step = "已经过了撤销时间，不用管它"


class QuotaReached(KioskError):
    """The worker holds as many books as the office allows."""

    code = "LOAN-QUOTA"

    def __init__(self, quota: int) -> None:
        super().__init__(f"quota {quota}")
        self.next_step = f"最多借 {quota} 本，请先放回 1 本" if quota else "本站暂时不外借，可以在这里看"


class BorrowerNeeded(KioskError):
    """The office wants to know who borrows, and nobody was named yet."""

    code = "LOAN-WHO"
    next_step = "请先扫一下会员码，再扫这本书"
