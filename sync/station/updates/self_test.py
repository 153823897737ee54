"""What a station can find out about itself without anybody there, in words for the office.

What only the kiosk can try, it tries anew once nobody is in front of it: a call covers its window.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sync.station.clock import Clock
from sync.station.facts import CheckWanted, Drawn, Standing
from sync.station.health import find_broken, is_disk_low
from sync.station.host.client import Host
from sync.station.host.errors import HostAway, HostError
from sync.station.store import Store

_PATIENCE_S: Final = 900.0      # workers come and go; a call's test takes seven minutes at the most


class Part(NamedTuple):
    """One thing that was looked at."""

    name: str
    is_well: bool
    words: str

    def __str__(self) -> str:
        return f"{self.name}：{self.words}"


def ask_kiosk(store: Store, clock: Clock, host: Host, command: str) -> bool:
    """Have the kiosk try it for this command; False where none does: it has not drawn, or this is no station image."""
    try:
        host.slots()
    except HostError:
        return False
    drawn = store.facts.find(Drawn)
    if drawn is None or drawn.boot != clock.boot_time().boot:
        return False
    store.facts.put(CheckWanted(command, *clock.boot_time()))
    return True


def has_answered(store: Store, clock: Clock, wanted: CheckWanted) -> bool:
    """Whether the kiosk has tried it, or there was somebody in front of it for too long. After a restart of the
    machine it is asked once more."""
    boot, boot_s = clock.boot_time()
    if wanted.boot != boot:
        store.facts.put(CheckWanted(wanted.command, boot, boot_s))
        return False
    return _is_fresh(store.facts.find(Drawn), wanted) or boot_s - wanted.at_boot_s >= _PATIENCE_S


def _is_fresh(drawn: Drawn | None, wanted: CheckWanted) -> bool:
    return drawn is not None and drawn.boot == wanted.boot and drawn.checked_at_boot_s >= wanted.at_boot_s


def self_test(store: Store, clock: Clock, host: Host) -> list[Part]:
    """All of it; raises StoreError."""
    drawn, standing = store.facts.find(Drawn), store.facts.find(Standing) or Standing()
    boot = clock.boot_time().boot
    has_drawn = drawn is not None and drawn.boot == boot
    scanners, answering = (drawn.scanners, drawn.scanners_answering) if drawn and has_drawn else (0, 0)
    broken = find_broken(store, store.journal.now(clock))
    wanted = store.facts.find(CheckWanted) or CheckWanted()
    return [
        Part("屏幕", has_drawn, "正常" if has_drawn else "开机后还没有画出来"),
        Part("扫码器", answering == scanners, f"{answering}/{scanners} 个正常"),
        _call(drawn if has_drawn else None, wanted),
        Part("设备", not broken, "，".join(f"{name} {code}" for name, code in sorted(broken.items())) or "正常"),
        Part("总工会", not standing.failing, standing.failing or "正常"),
        Part("硬盘", not is_disk_low(standing.free_mb), f"剩 {standing.free_mb} MB"),
        _watchdog(host),
    ]


def _call(drawn: Drawn | None, wanted: CheckWanted) -> Part:
    if drawn is None or drawn.call == "untested":
        return Part("通话", is_well=True, words="没有测")
    words = "，".join(f"{part} {code}" for part, code in drawn.failing.items()) or "不正常"
    is_well = drawn.call == "passed"
    when = "" if not wanted.command or _is_fresh(drawn, wanted) else "（没能重测，是以前测的）"
    return Part("通话", is_well, f"{'正常' if is_well else words}{when}")


def _watchdog(host: Host) -> Part:
    try:
        found = host.watchdog()
    except HostAway:
        return Part("看门狗", is_well=True, words="不是驿站系统，没有查")
    except HostError as fault:
        return Part("看门狗", is_well=False, words=fault.code)
    return Part("看门狗", found.is_present, "正常" if found.is_present else "没有")
