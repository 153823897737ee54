"""What a station can find out about itself without anybody there, in words for the office."""

from __future__ import annotations

from typing import NamedTuple

from sync.station.clock import Clock
from sync.station.facts import Drawn, Standing
from sync.station.health import find_broken, is_disk_low
from sync.station.host.client import Host
from sync.station.host.errors import HostAway, HostError
from sync.station.store import Store


class Part(NamedTuple):
    """One thing that was looked at."""

    name: str
    is_well: bool
    words: str

    def __str__(self) -> str:
        return f"{self.name}：{self.words}"


def self_test(store: Store, clock: Clock, host: Host) -> list[Part]:
    """All of it; raises StoreError."""
    drawn, standing = store.facts.find(Drawn), store.facts.find(Standing) or Standing()
    boot = clock.boot_time().boot
    has_drawn = drawn is not None and drawn.boot == boot
    scanners, answering = (drawn.scanners, drawn.scanners_answering) if drawn and has_drawn else (0, 0)
    broken = find_broken(store, store.journal.now(clock))
    calls = {"untested": "没有测", "passed": "正常", "failed": "不正常"}
    call = drawn.call if drawn and has_drawn else "untested"
    return [
        Part("屏幕", has_drawn, "正常" if has_drawn else "开机后还没有画出来"),
        Part("扫码器", answering == scanners, f"{answering}/{scanners} 个正常"),
        Part("通话", call != "failed", calls[call]),
        Part("设备", not broken, "，".join(f"{name} {code}" for name, code in sorted(broken.items())) or "正常"),
        Part("总工会", not standing.failing, standing.failing or "正常"),
        Part("硬盘", not is_disk_low(standing.free_mb), f"剩 {standing.free_mb} MB"),
        _watchdog(host),
    ]


def _watchdog(host: Host) -> Part:
    try:
        found = host.watchdog()
    except HostAway:
        return Part("看门狗", is_well=True, words="不是驿站系统，没有查")
    except HostError as fault:
        return Part("看门狗", is_well=False, words=fault.code)
    return Part("看门狗", found.is_present, "正常" if found.is_present else "没有")
