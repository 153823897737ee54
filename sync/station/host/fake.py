"""A machine for tests and for the demo: its slots, screen and links lie in a file, and outlive a power cut."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from sync.protocol.releases import is_older
from sync.station.clock import PROGRAM_DATE

from .client import Host
from .errors import BundleMisplaced, BundleOlder, BundleUnsigned, ClockRefused, HostError
from .table import Bundle, Link, Links, Matrix, Rotation, ScreenSet, SlotState, WatchdogState

_MAGIC = "hsqs fake bundle "   # real bundles begin with `hsqs` too


class FakeSlot(msgspec.Struct):
    """One slot: what it holds, and how often the boot loader has tried it since it was written."""

    version: str = ""
    is_ok: bool = True
    tries: int = 0
    is_good: bool = False


class FakeMachine(msgspec.Struct):
    """What lies on the fake machine's disk."""

    slots: dict[str, FakeSlot]
    booted: str = "A"
    first: str = "A"        # which one the boot loader prefers
    screen: ScreenSet = ScreenSet()
    links: tuple[Link, ...] = (Link("eth0", "wired", is_up=True, address="192.0.2.7"),)
    site_faults: tuple[str, ...] = ()
    clock: datetime | None = None   # as it was set
    boots: int = 1
    done: list[str] = []    # msgspec gives each its own


class FakeHost(Host):
    """Plays RAUC's slots and three trial boots; `boot` is what a reboot or a power cut ends in."""

    TRIES = 3

    def __init__(self, disk: Path, updates: Path, version: str = "2026.11.1") -> None:
        super().__init__(disk)
        self._updates = updates
        self._next_fault: dict[str, HostError] = {}
        if not disk.exists():
            good = FakeSlot(version=version, is_good=True)
            self._keep(FakeMachine({"A": good, "B": FakeSlot(is_ok=False)}))

    @property
    def machine(self) -> FakeMachine:
        """The disk as it is now."""
        return msgspec.json.decode(self._path.read_bytes(), type=FakeMachine)

    def fail_next(self, what: str, fault: HostError) -> None:
        """Have the next call of this method raise a fault."""
        self._next_fault[what] = fault

    def boot(self) -> str:
        """Start, as the boot loader would: the preferred slot unless its tries are used up; which version runs."""
        machine = self.machine
        other = "B" if machine.first == "A" else "A"
        machine.booted = next(
            name for name in (machine.first, other)
            if machine.slots[name].is_ok and (machine.slots[name].is_good or machine.slots[name].tries < self.TRIES)
        )
        slot = machine.slots[machine.booted]
        slot.tries += not slot.is_good
        machine.boots += 1
        self._keep(machine)
        return slot.version

    def links(self) -> Links:
        """The links of the file."""
        self._begin("links")
        return Links(self.machine.links)

    def screen(self) -> ScreenSet:
        """The screen of the file."""
        self._begin("screen")
        return self.machine.screen

    def set_screen(self, *, rotation: Rotation | None = None, matrix: Matrix | None = None) -> ScreenSet:
        """Keep what is given."""
        self._begin("screen")
        machine = self.machine
        before = machine.screen
        machine.screen = ScreenSet(
            before.rotation if rotation is None else rotation, before.matrix if matrix is None else matrix
        )
        self._keep(machine)
        return machine.screen

    def site_faults(self) -> tuple[str, ...]:
        """Those of the file."""
        self._begin("site_faults")
        return self.machine.site_faults

    def set_clock(self, at: datetime) -> None:
        """Note it; time goes on as it did."""
        self._begin("set_clock")
        if at < PROGRAM_DATE:
            raise ClockRefused(str(at))
        machine = self.machine
        machine.clock = at
        self._keep(machine, "set clock")

    def slots(self) -> SlotState:
        """Both slots."""
        self._begin("slots")
        machine = self.machine
        booted, other = machine.slots[machine.booted], machine.slots["B" if machine.booted == "A" else "A"]
        return SlotState(machine.booted, booted.version, other.version, not booted.is_good, booted.is_good)

    def inspect(self, bundle: str) -> Bundle:
        """What the file says: `make_bundle` writes one that counts as signed."""
        self._begin("inspect")
        path = self._updates / bundle
        if not path.is_file():
            raise BundleMisplaced(bundle)
        return read_bundle(path)

    def install(self, bundle: str) -> None:
        """Write the other slot and prefer it."""
        self._begin("install")
        found = FakeHost.inspect(self, bundle)
        machine = self.machine
        if is_older(found.version, machine.slots[machine.booted].version) and not found.is_downgrade_allowed:
            raise BundleOlder(found.version)
        other = "B" if machine.booted == "A" else "A"
        machine.slots[other], machine.first = FakeSlot(version=found.version), other
        self._keep(machine, f"install {found.version}")

    def mark(self, how: Literal["good", "bad"]) -> None:
        """Mark the booted slot."""
        self._begin("mark")
        machine = self.machine
        slot = machine.slots[machine.booted]
        slot.is_good = slot.is_ok = how == "good"
        slot.tries = 0
        self._keep(machine, f"mark {how}")

    def activate(self, slot: Literal["booted", "other"]) -> None:
        """Prefer a slot at the next boot."""
        self._begin("activate")
        machine = self.machine
        other = "B" if machine.booted == "A" else "A"
        machine.first = machine.booted if slot == "booted" else other
        chosen = machine.slots[machine.first]
        chosen.is_ok, chosen.tries = bool(chosen.version), 0
        self._keep(machine, f"activate {slot}")

    def reboot(self) -> None:
        """Note it; `boot` is the test's to call."""
        self._begin("reboot")
        self._keep(self.machine, "reboot")

    def restart(self, program: Literal["kiosk", "agent"]) -> None:
        """Note it."""
        self._begin("restart")
        self._keep(self.machine, f"restart {program}")

    def logs(self, lines: int = 400) -> str:
        """What was done to the machine."""
        self._begin("logs")
        return "\n".join(self.machine.done[-lines:])

    def watchdog(self) -> WatchdogState:
        """One that is there."""
        self._begin("watchdog")
        return WatchdogState(is_present=True, name="fake", timeout_s=60)

    def _begin(self, what: str) -> None:
        fault = self._next_fault.pop(what, None)
        if fault is not None:
            raise fault

    def _keep(self, machine: FakeMachine, done: str = "") -> None:
        if done:
            machine.done.append(done)
        draft = self._path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(machine))
        draft.replace(self._path)


def make_bundle(version: str, *, is_downgrade_allowed: bool = False, size: int = 0) -> bytes:
    """A file that the fake machine takes for a signed bundle."""
    head = _MAGIC.encode() + msgspec.json.encode(Bundle(version, is_downgrade_allowed)) + b"\n"
    return head.ljust(size, b".")


def read_bundle(path: Path) -> Bundle:
    """What a bundle of `make_bundle` says; raises BundleUnsigned for any other file."""
    with path.open("rb") as file:
        head = file.readline(4096)
    try:
        return msgspec.json.decode(head.removeprefix(_MAGIC.encode()), type=Bundle)
    except msgspec.MsgspecError as cause:
        raise BundleUnsigned(path.name) from cause


