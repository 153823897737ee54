"""What can go wrong between a program of the station and the machine it runs on."""

from __future__ import annotations

from sync.protocol.errors import SyncError


class HostError(SyncError):
    """The machine did not do what it was asked."""

    code = "HOST-FAILED"
    next_step = "请重启本机再试，还不行请联系技术员看日志"


class HostAway(HostError):
    """There is no door to the machine here: the program runs on a computer that is no station image."""

    code = "HOST-AWAY"
    next_step = "这台电脑不是用驿站系统安装的，网络、屏幕和更新请在电脑的系统里设置"


class HostRefused(HostError):
    """Who asks is not in the station's group."""

    code = "HOST-REFUSED"
    next_step = "请联系技术员：运行程序的用户不在驿站的用户组里"


class HostUnknown(HostError):
    """What was asked is not in the table."""

    code = "HOST-UNKNOWN"
    next_step = "请更新程序"


class HostBusy(HostError):
    """An installation is running."""

    code = "HOST-BUSY"
    next_step = "正在安装更新，请等几分钟"


class BundleMisplaced(HostError):
    """What shall be installed is no file where updates lie."""

    code = "HOST-PATH"
    next_step = "请重新下载更新，或换一个 U 盘"


class BundleUnsigned(HostError):
    """The update is not signed by whom this machine trusts, or is for another kind of machine."""

    code = "HOST-SIGNATURE"
    next_step = "这个更新包不是给本机的，或签名不对，请向总工会要正确的更新包"


class BundleOlder(HostError):
    """The update is older than what runs, and its signature does not allow that."""

    code = "HOST-OLDER"
    next_step = "更新包比现在的程序旧。确要退回，请让总工会签发允许降级的更新包"


class ClockRefused(HostError):
    """The time is earlier than the program."""

    code = "HOST-CLOCK"
    next_step = "日期不对：它比程序还早，请重新输入"


FAULTS: dict[str, type[HostError]] = {
    kind.code: kind
    for kind in (
        HostError, HostAway, HostRefused, HostUnknown, HostBusy, BundleMisplaced, BundleUnsigned, BundleOlder,
        ClockRefused,
    )
}
