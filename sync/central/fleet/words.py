"""What a station answers to a command, or tells of an update, in words for a clerk; its own stay in its log."""

from __future__ import annotations

from typing import Final

_SERVER: Final = "请联系系统管理员"
_AGAIN: Final = "请再下一次命令，还不行请派技术员"
_STORE: Final = "请派技术员到现场"

# Code → what happened, and what to do next.
_KNOWN: Final[dict[str, tuple[str, str]]] = {
    "UPDATE-SCREEN": ("屏幕没画出来", "请把日志交给技术员"),
    "UPDATE-SCANNER": ("扫码器没反应", "请让现场看看扫码器的线"),
    "UPDATE-CALL": ("通话自检没过", "请把日志交给技术员"),
    "UPDATE-OFFICE": ("连不上总工会", "请看驿站的网，网好了它自己再试"),
    "UPDATE-BOOT": ("没能启动", "请把日志交给技术员"),
    "UPDATE-STUCK": ("退不回去", "请派技术员到现场"),
    "UPDATE-WITHDRAWN": ("版本被撤回", ""),
    "UPDATE-COMMANDED": ("总工会让它退回", ""),
    "HOST-FAILED": ("驿站的机器没有照做", _AGAIN),
    "HOST-AWAY": ("这台电脑不是用驿站系统装的", "重启、更新和日志要由技术员在那台电脑上做"),
    "HOST-REFUSED": ("驿站的程序没有权限", "请派技术员重装驿站系统"),
    "HOST-UNKNOWN": ("驿站的程序太旧，不会做这件事", "请先更新这个驿站"),
    "HOST-BUSY": ("正在安装更新", "请过几分钟再试"),
    "HOST-PATH": ("更新包读不出来", "请重新放出，还不行请换一个 U 盘"),
    "HOST-SIGNATURE": ("更新包的签名不对", "请向做更新包的人要正确的包"),
    "HOST-OLDER": ("更新包比现在的程序旧", "确要退回，请用允许降级的包"),
    "HOST-CLOCK": ("日期比程序还早", "请让技术员核对驿站的时间"),
    "CMD-SIGNATURE": ("命令的签名不对", "请系统管理员检查命令密钥；换过密钥的，重新登记这个驿站"),
    "CMD-KEY": ("驿站登记时总工会还没有命令密钥", "请重新登记这个驿站"),
    "CMD-UNKNOWN": ("驿站的程序太旧，不会做这件事", "请先更新这个驿站"),
    "CMD-SELF-TEST": ("有不正常的", "请看是哪一项"),
    "CMD-REBOOT": ("没有重启成", "请让现场断电重启，还不行请派技术员"),
    "STORE": ("驿站存不了数据", _STORE),
    "STORE-DAMAGED": ("驿站的数据文件坏了", _STORE),
    "STORE-FULL": ("驿站的硬盘满了", _STORE),
    "STORE-LOCKED": ("驿站正忙", _AGAIN),
    "STORE-UNWRITABLE": ("驿站的硬盘写不进去", _STORE),
    "STORE-NEWER": ("驿站的数据比程序新", "请给它装更新的版本"),
    "NOT-ENROLLED": ("这台机器还没有登记", "请重新登记这个驿站"),
    "ENROLLED-ANEW": ("驿站正好在重新登记", _AGAIN),
    "DOCUMENT-MISSING": ("驿站还没收到内容", "请等它同步一次"),
    "SYNC-FILE": ("收到的文件不对", "它会自己再取一次"),
    "SYNC-SIZE": ("要传的太长", "请派技术员在现场看"),
    "SYNC-WIRE": ("收到的内容读不懂", _SERVER),
}


def what_of(code: str) -> str:
    """What happened; what is not known here keeps its code."""
    return _KNOWN[code][0] if code in _KNOWN else f"没做成，代码 {code}"


def words_of(code: str) -> str:
    """What happened and what to do next; empty for no code."""
    if not code:
        return ""
    what, then = _KNOWN.get(code, (what_of(code), "请把代码告诉技术员"))
    return f"{what}。{then}" if then else what
