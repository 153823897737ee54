"""What can go wrong at the station: with its own store, and on the way to the office."""

from __future__ import annotations

from datetime import datetime

from sync.protocol.errors import SyncError


class StoreError(SyncError):
    """The station's database cannot be used; nothing that was committed is lost."""

    code = "STORE"
    next_step = "请稍后再试，还不行请联系技术员"


class StoreDamaged(StoreError):
    """The database file is damaged; it was set aside and is never written again."""

    code = "STORE-DAMAGED"
    next_step = "请联系技术员：损坏的数据文件已另存，重新登记本站后可继续使用"


class StoreLocked(StoreError):
    """Another program keeps the database locked longer than the busy time-out."""

    code = "STORE-LOCKED"
    next_step = "请稍等一会儿再试"


class StoreFull(StoreError):
    """The disk is full; the event was not recorded."""

    code = "STORE-FULL"
    next_step = "请联系技术员清理磁盘空间"


class StoreUnwritable(StoreError):
    """The file or its folder cannot be read or written."""

    code = "STORE-UNWRITABLE"
    next_step = "请联系技术员检查磁盘和文件权限"


class StoreNewer(StoreError):
    """The file was written by a newer program; it is refused, not opened."""

    code = "STORE-NEWER"
    next_step = "请联系技术员更新程序"


class NotEnrolled(StoreError):
    """This installation is no station yet."""

    code = "NOT-ENROLLED"
    next_step = "请技术员用总工会给的登记码登记本站"


class EnrolledAnew(StoreError):
    """The station was enrolled anew while this was on its way; what belongs to the old enrolment is left alone."""

    code = "ENROLLED-ANEW"
    next_step = "本站刚重新登记过，会自动继续，不用操作"


class DocumentMissing(StoreError):
    """The office has not published this document to this station."""

    code = "DOCUMENT-MISSING"
    next_step = "请联网同步后再试"


class KeyMissing(SyncError):
    """The key this station signs with is gone, unreadable or open to others."""

    code = "KEY-MISSING"
    next_step = "请技术员重新登记本站"


class AlreadyEnrolled(SyncError):
    """This installation is a station already, and nobody said to enrol it again."""

    code = "ALREADY-ENROLLED"
    next_step = "本机已经登记。确要重新登记，请加上 --again；没传完的记录会一起带过去"


class AgentRunning(SyncError):
    """Another agent works on this folder."""

    code = "AGENT-RUNNING"
    next_step = "同步程序已在运行，不用再开一个"


class AddressRefused(SyncError):
    """The office's address is none, or is not https outside this machine."""

    code = "SYNC-ADDRESS"
    next_step = "请核对总工会网址，必须以 https:// 开头"


class OfficeUnreachable(SyncError):
    """The office did not answer."""

    code = "SYNC-LINE"
    next_step = "请检查网线、路由器和总工会网址；网络恢复后会自动补传"


class OfficeUntrusted(SyncError):
    """The other side cannot prove that it is the office."""

    code = "SYNC-TLS"
    next_step = "请检查本机时间是否正确，网络上是否有登录页面"


class OfficeBusy(SyncError):
    """The office answered that it cannot now; `retry_after_s` is what it asked for."""

    code = "SYNC-BUSY"
    next_step = "总工会服务器忙，稍后会自动重试"

    def __init__(self, detail: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class LineTooSlow(OfficeBusy):
    """What we sent did not arrive within the time that the office, or a proxy before it, gives a request."""

    code = "SYNC-SLOW"
    next_step = "线路太慢，稍后会分小批自动重试"


class FileUnusable(SyncError):
    """The office has no such file, or what came is another one than it promised."""

    code = "SYNC-FILE"
    next_step = "会自动重新下载；一直不行请联系总工会检查文件"


class BatchTooLarge(SyncError):
    """The office, or something before it, takes no request of this size."""

    code = "SYNC-BATCH"
    next_step = "请联系技术员检查网络代理对上传大小的限制"


class ClockWrong(SyncError):
    """The office refuses our time; `server_time` is its own."""

    code = "SYNC-CLOCK"
    next_step = "请校对本机时间"

    def __init__(self, detail: str = "", server_time: datetime | None = None) -> None:
        super().__init__(detail)
        self.server_time = server_time


class OfficeRefused(SyncError):
    """The office refuses this station or request; `detail` is its code."""

    code = "SYNC-REFUSED"
    next_step = "请联系总工会，可能要更新程序或重新登记本站"


class NonceUsed(OfficeRefused):
    """The office has seen this very signature before."""

    code = "SYNC-REPLAYED"
    next_step = "会自动重试；一直不行请联系技术员检查网络代理"


class StationTooOld(OfficeRefused):
    """The office no longer speaks our version of the protocol."""

    code = "SYNC-VERSION"
    next_step = "本机程序太旧，请更新本机程序；记录都留在本机"


class OfficeTooOld(OfficeRefused):
    """The office does not speak our version of the protocol yet."""

    code = "SYNC-VERSION-OFFICE"
    next_step = "总工会的程序太旧，请总工会更新服务器程序；记录都留在本机"


class StationRevoked(OfficeRefused):
    """The office has revoked this station's key; events are kept, not sent."""

    code = "SYNC-REVOKED"
    next_step = "本站已被总工会停用，记录都留在本机。请联系总工会"


class StationCloned(OfficeRefused):
    """Another installation has this station's identity; events are kept, not sent."""

    code = "SYNC-CLONED"
    next_step = "这台设备像是复制的，记录都留在本机。请技术员重新登记本站"


class CodeRefused(OfficeRefused):
    """The enrolment code is wrong, used or expired; the office tells none from the other."""

    code = "ENROL-REFUSED"
    next_step = "登记码不对、已用过或已过期，请向总工会要一个新的"
