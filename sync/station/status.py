"""How this station stands, in words for a technician."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sync.protocol.errors import SyncError

from . import errors
from .health import health_of
from .identity import store_path
from .store import Standing, Store


class Status(NamedTuple):
    """Words to print, and whether nothing needs doing."""

    words: list[str]
    is_well: bool


def read_status(data: Path, now: datetime) -> Status:
    """What the store says; raises StoreError."""
    store = Store.open(store_path(data))
    try:
        identity = store.facts.identity()
        line = store.facts.find(Standing) or Standing()
        health = health_of(store, data, now)
        waiting = store.journal.oldest_pending()
    finally:
        store.close()
    words = [
        f"驿站　　　{identity.name}（{identity.station}）",
        f"总工会　　{identity.office}",
        f"上次同步　{_ago(line.last_success, now)}",
        f"待上传　　{health.pending} 条" + (f"，最早一条 {_ago(waiting.at, now)}" if waiting else ""),
        f"被退回　　{health.rejected} 条",
        f"时钟偏差　{line.clock_offset_s:.0f} 秒",
        f"剩余空间　{health.free_mb} MB",
        *(f"故障　　　{fault}" for fault in health.faults),
    ]
    if line.failing:
        words.append(f"同步失败　{line.failing}：{next_step_of(line.failing)}")
    if health.rejected:
        words.append("下一步　　有记录被总工会退回，请联系总工会处理，本机不用操作")
    return Status(words, not line.failing and not health.faults)


def next_step_of(code: str) -> str:
    """What a person can do about a fault of this code."""
    faults = [SyncError]
    for fault in faults:
        faults.extend(fault.__subclasses__())
    return next((fault.next_step for fault in faults if fault.code == code), errors.StoreError.next_step)


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "从未"
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前" if minutes < 48 * 60 else f"{minutes // 1440} 天前"
