"""What can go wrong in the kiosk, each with a code, a cause and a next step; each room has its own beside it."""

from __future__ import annotations

from typing import ClassVar


class KioskError(Exception):
    """Root of the kiosk's faults; `code` is stable, `cause` and `next_step` are shown to the worker."""

    code: ClassVar[str] = "KIOSK"
    cause: str = "刚才的操作没有成功"
    next_step: str = "请再试一次，还不行请打求助电话"
    is_rule: ClassVar[bool] = False     # nothing is broken: no technician and no telephone can help
    leads_to: str = ""                  # name of the screen where the next step is taken, and what its button says
    way: str = ""
    wants_card: ClassVar[bool] = False  # would have worked had the worker shown a card

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class ConfigError(KioskError):
    """The configuration is wrong; `detail` lists every fault."""

    code = "KIOSK-CONFIG"
    next_step = "请技术员按提示改正配置"


class KioskRunning(KioskError):
    """Another kiosk works on this station's folder; `detail` names folder and process."""

    code = "KIOSK-RUNNING"
    cause = "本站的触摸屏程序已在运行"
    next_step = "请不要再开一个，先关掉正在运行的那个"


class FontsMissing(KioskError):
    """The Chinese faces have not been prepared."""

    code = "KIOSK-FONTS"
    cause = "字体没有装好"
    next_step = "请技术员重新运行安装程序"
