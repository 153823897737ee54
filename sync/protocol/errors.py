"""What can go wrong between station and office, each with a code and a next step."""

from __future__ import annotations

from typing import ClassVar


class SyncError(Exception):
    """Root of all faults of store, agent and office; `code` is stable, `next_step` is for a person."""

    code: ClassVar[str] = "SYNC"
    next_step: ClassVar[str] = "请联系技术员"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class WireError(SyncError):
    """Bytes from the other side are not what the protocol says."""

    code = "SYNC-WIRE"
    next_step = "请联系技术员检查网络，可能有登录页面拦住了连接"


class TooLarge(SyncError):
    """A message or line is over the protocol's size limit."""

    code = "SYNC-SIZE"
    next_step = "请联系技术员"


class UnknownKind(SyncError):
    """An event of a kind this program does not know; it is kept as it is."""

    code = "SYNC-KIND"
    next_step = "请更新程序"


class SignatureRefused(SyncError):
    """A request is unsigned, badly signed, too old or seen before; `reason` is the wire's code."""

    code = "SYNC-SIGNATURE"
    next_step = "请联系技术员重新登记本站"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
