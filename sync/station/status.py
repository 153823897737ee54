"""How this station stands, in words for a technician, with what to do about each thing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from sync.protocol.errors import SyncError
from sync.protocol.wire import VERSION

from . import errors
from .exchange.steps import STEPS
from .health import DISK_LOW, DISK_LOW_STEP, health_of
from .identity import store_path
from .store import Standing, Store
from .updates.state import Update

_MANY_PERIODS: Final = 10       # without an exchange, and the agent is thought not to run
_MANY_S: Final = 600.0
_UPDATING: Final = {
    "installing": "正在安装 {}",
    "trial": "已装好 {}，重启后试用，好用才留下",
    "leaving": "正在退回，不用 {}",
}


class Status(msgspec.Struct, frozen=True):
    """Everything a technician asks for; what is not well is in `todo`, one sentence each."""

    station: str
    name: str
    office: str
    version: str
    protocol: int
    last_success: datetime | None
    next_try: datetime | None
    is_synced: bool
    pending: int
    oldest: datetime | None     # when the event happened that waits longest
    rejected: int
    failing: str
    step: str
    since: datetime | None
    clock_offset_s: float
    free_mb: int
    files_missing: int
    files_fault: str
    faults: tuple[str, ...]
    update: Update              # the program that is on its way, if one is
    todo: tuple[str, ...]
    is_well: bool               # nothing needs doing here; what was rejected is the office's to mend


def read_status(data: Path, now: datetime) -> Status:
    """What the store says; raises StoreError."""
    store = Store.open(store_path(data))
    try:
        identity = store.facts.identity()
        standing = store.facts.find(Standing) or Standing()
        health = health_of(store, data, now)
        waiting = store.journal.oldest_pending()
        cursor = store.facts.cursor()
        renewal = store.renewals.find()
        update = store.facts.find(Update) or Update()
    finally:
        store.close()
    todo = _todo(standing, health.faults, now)
    theirs = ["有记录被总工会退回，请联系总工会处理，本机不用操作"] if health.rejected else []
    is_synced = standing.is_synced and not health.pending and bool(cursor) and not renewal.is_open
    return Status(
        station=identity.station,
        name=identity.name,
        office=identity.office,
        version=health.version,
        protocol=VERSION,
        last_success=standing.last_success,
        next_try=standing.next_try,
        is_synced=is_synced,
        pending=health.pending,
        oldest=waiting.at if waiting else None,
        rejected=health.rejected,
        failing=standing.failing,
        step=standing.step,
        since=standing.since,
        clock_offset_s=standing.clock_offset_s,
        free_mb=health.free_mb,
        files_missing=standing.files_missing,
        files_fault=standing.files_fault,
        faults=health.faults,
        update=update,
        todo=(*todo, *theirs),
        is_well=not todo,
    )


def words_of(status: Status, now: datetime) -> list[str]:
    """Lines to print."""
    waiting = f"，最早一条 {_ago(status.oldest, now)}" if status.oldest else ""
    files = f"{status.files_missing} 个没下载完" if status.files_missing else "齐全"
    words = [
        f"驿站　　　{status.name}（{status.station}）",
        f"总工会　　{status.office}",
        f"程序　　　{status.version or '未安装'}，协议第 {status.protocol} 版",
        f"上次同步　{_ago(status.last_success, now)}" + ("，已全部同步" if status.is_synced else "，还没有全部同步"),
        f"下次同步　{_ahead(status.next_try, now)}",
        f"待上传　　{status.pending} 条{waiting}",
        f"被退回　　{status.rejected} 条",
        f"时钟偏差　{status.clock_offset_s:.0f} 秒",
        f"剩余空间　{status.free_mb} MB",
        f"附件　　　{files}",
    ]
    if status.update.step in _UPDATING:
        words.append(f"更新　　　{_UPDATING[status.update.step].format(status.update.version)}")
    if status.failing:
        step = STEPS.get(status.step, status.step or "未知")
        words.append(f"同步失败　卡在“{step}”这一步，{_ago(status.since, now)}开始，代码 {status.failing}")
    words += [f"故障　　　{fault}" for fault in status.faults]
    words += [f"下一步　　{sentence}" for sentence in status.todo]
    return words


def next_step_of(code: str) -> str:
    """What a person can do about a fault of this code."""
    faults = [SyncError]
    for fault in faults:
        faults.extend(fault.__subclasses__())
    if code == DISK_LOW:
        return DISK_LOW_STEP
    return next((fault.next_step for fault in faults if fault.code == code), errors.StoreError.next_step)


def _todo(standing: Standing, faults: tuple[str, ...], now: datetime) -> list[str]:
    todo: list[str] = []
    if standing.failing:
        todo.append(f"{standing.failing}：{next_step_of(standing.failing)}")
    if _is_overdue(standing, now):
        todo.append("同步程序好像没有在运行，请启动 yizhan-agent")
    if abs(standing.clock_offset_s) > 60:
        todo.append("本机时间不准，请校对时间，或接通网络让系统自动校时")
    for fault in faults:
        device, _, code = fault.rpartition(":")
        name = device.replace("scanner", "扫码器")
        todo.append(f"{fault}：" + (f"请检查{name}的连接线和电源" if device else next_step_of(code)))
    if standing.files_fault:
        todo.append(f"附件没下载完，{standing.files_fault}：{next_step_of(standing.files_fault)}")
    return todo


def _is_overdue(standing: Standing, now: datetime) -> bool:
    if standing.next_try is None:
        return standing.last_success is None and not standing.failing
    late_s = (now - standing.next_try).total_seconds()
    return late_s > max(_MANY_S, _MANY_PERIODS * standing.next_sync_s)


def _ago(at: datetime | None, now: datetime) -> str:
    return "从未" if at is None else _span((now - at).total_seconds(), "前") or "刚刚"


def _ahead(at: datetime | None, now: datetime) -> str:
    return "不知道" if at is None else _span((at - now).total_seconds(), "后") or "马上"


def _span(seconds: float, which: str) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f"{minutes} 分钟{which}"
    return f"{minutes // 60} 小时{which}" if minutes < 48 * 60 else f"{minutes // 1440} 天{which}"
