"""What can be wrong with what the office tells a station to do."""

from __future__ import annotations

from sync.protocol.errors import SyncError


class CommandRefused(SyncError):
    """A command is not signed by the office's command key, for this station."""

    code = "CMD-SIGNATURE"
    next_step = "命令的签名不对。请总工会检查服务器上的命令密钥；换过密钥的，请重新登记本站"


class CommandKeyUnknown(CommandRefused):
    """This station was enrolled before the office had a command key."""

    code = "CMD-KEY"
    next_step = "本站登记时总工会还没有命令密钥，请重新登记本站"


class CommandUnknown(CommandRefused):
    """A newer office tells something this program cannot do."""

    code = "CMD-UNKNOWN"
    next_step = "请更新本机程序"


class SelfTestFailed(SyncError):
    """Something of the station does not work."""

    code = "CMD-SELF-TEST"
    next_step = "请看自检结果里哪一项不正常"


class RebootFailed(SyncError):
    """The machine was told to start anew, and did not."""

    code = "CMD-REBOOT"
    next_step = "请到现场断电重启，还不行请联系技术员"
