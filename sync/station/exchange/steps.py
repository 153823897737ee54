"""The steps on the way to the office, so that a technician knows where to look when one fails. Pure."""

from __future__ import annotations

from typing import Final

from sync.protocol.errors import SyncError
from sync.station.errors import (
    ClockWrong,
    KeyMissing,
    NonceUsed,
    OfficeRefused,
    OfficeUnreachable,
    OfficeUntrusted,
    StationCloned,
    StationRevoked,
    StoreError,
)

STEPS: Final = {
    "store": "本机存储",
    "line": "连接总工会",
    "tls": "验证总工会证书",
    "signature": "本站签名",
    "push": "上传记录",
    "pull": "下载资料",
    "snapshot": "下载资料包",
    "files": "下载附件",
}
_STEP_OF: Final[tuple[tuple[type[SyncError], str], ...]] = (
    (StoreError, "store"),
    (OfficeUntrusted, "tls"),
    (OfficeUnreachable, "line"),
    (KeyMissing, "signature"),
    (ClockWrong, "signature"),
    (NonceUsed, "signature"),
    (StationRevoked, "push"),
    (StationCloned, "push"),
)
_SIGNATURE_CODES: Final = frozenset({"unsigned", "bad-signature", "unknown-station"})


def step_of(fault: SyncError, doing: str) -> str:
    """The step that failed, given what was being done."""
    if isinstance(fault, OfficeRefused) and fault.detail in _SIGNATURE_CODES:
        return "signature"
    return next((step for kind, step in _STEP_OF if isinstance(fault, kind)), doing)
