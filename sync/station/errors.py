"""What can go wrong with the station's own store."""

from __future__ import annotations

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


class DocumentMissing(StoreError):
    """The office has not published this document to this station."""

    code = "DOCUMENT-MISSING"
    next_step = "请联网同步后再试"
