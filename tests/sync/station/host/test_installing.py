"""The door to the machine: bundles are proven, then installed, one thing at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sync.station.host.errors import (
    BundleMisplaced,
    BundleOlder,
    BundleUnsigned,
    HostBusy,
    HostError,
)
from sync.station.host.table import Bundle
from tests.sync.two_processes.waiting import wait_until

from .conftest import HostProcess
from .test_door import bundle


def test_a_bundle_is_proven_then_installed(door: HostProcess) -> None:
    name = bundle(door, "new.raucb", "2026.12.1")
    assert door.host.inspect(name) == Bundle("2026.12.1")
    door.host.install(name)
    assert door.ran[-1] == f"rauc [install] [{door.updates}/new.raucb]"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("missing.raucb", BundleMisplaced),
        ("link.raucb", BundleMisplaced),
        ("folder", BundleMisplaced),
        ("unsigned.raucb", BundleUnsigned),
        ("older.raucb", BundleOlder),
        ("nameless.raucb", BundleOlder),
    ],
)
def test_what_must_not_be_installed_is_not(door: HostProcess, name: str, fault: type[HostError]) -> None:
    bundle(door, "unsigned.raucb", "2026.12.1", head="forged")
    bundle(door, "older.raucb", "2026.9.30")
    bundle(door, "nameless.raucb", "")
    outside = door.folder / "outside"
    outside.write_text("signed\nversion 2026.12.1\n")
    (door.updates / "link.raucb").symlink_to(outside)
    (door.updates / "folder").mkdir()
    with pytest.raises(fault):
        door.host.install(name)
    assert not [line for line in door.ran if line.startswith("rauc [install]")]


def test_an_older_bundle_is_installed_if_it_is_signed_for(door: HostProcess) -> None:
    door.host.install(bundle(door, "older.raucb", "2026.9.30", "back again downgrade-allowed"))
    assert door.ran[-1].startswith("rauc [install]")


def test_nothing_changes_the_system_while_it_installs_but_questions_are_answered(door: HostProcess) -> None:
    name = bundle(door, "new.raucb", "2026.12.1")
    door.release.touch()
    installing = threading.Thread(target=door.host.install, args=(name,))
    installing.start()
    wait_until(lambda: any(line.startswith("rauc [install]") for line in door.ran), "the installation")
    for change in (door.host.reboot, lambda: door.host.mark("bad"), lambda: door.host.install(name)):
        with pytest.raises(HostBusy):
            change()
    assert door.host.slots().booted == "A"
    Path(f"{door.release}.now").touch()
    installing.join(60)
    assert not installing.is_alive()
    door.host.reboot()
    assert door.ran[-1] == "systemctl [--no-block] [reboot]"
