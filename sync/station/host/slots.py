"""The two slots of the system, by way of RAUC; which version runs is said by the system itself."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from sync.protocol.releases import is_older

from .errors import BundleMisplaced, BundleOlder, BundleUnsigned, HostError
from .table import Bundle, SlotState
from .tools import run

_RELEASE: Final = Path("/etc/os-release")
_VERSION: Final = re.compile(r'^IMAGE_VERSION="?([^"\n]*)"?$', re.MULTILINE)
_NOTE: Final = "slot-{}.version"
_INSTALL_S: Final = 45 * 60.0
DOWNGRADE: Final = "downgrade-allowed"     # in the manifest's description, which is signed


class _Manifest(msgspec.Struct, frozen=True):
    version: str | None = None
    description: str | None = None


class _Installed(msgspec.Struct, frozen=True):
    version: str | None = None


class _SlotStatus(msgspec.Struct, frozen=True):
    bundle: _Installed = _Installed()


class _Slot(msgspec.Struct, frozen=True):
    bootname: str | None = None
    state: str = ""
    boot_status: str | None = None
    slot_status: _SlotStatus = _SlotStatus()


class _Status(msgspec.Struct, frozen=True):
    booted: str | None = None
    slots: tuple[dict[str, _Slot], ...] = ()


def read_slots(site: Path, release: Path = _RELEASE) -> SlotState:
    """Which system runs, and what the other slot holds; raises HostError."""
    text = run(["rauc", "status", "--detailed", "--output-format=json"])
    try:
        status = msgspec.json.decode(text, type=_Status)
    except msgspec.MsgspecError as cause:
        raise HostError(f"rauc status: {cause}") from cause
    slots = [slot for group in status.slots for slot in group.values() if slot.bootname]
    booted = next((slot for slot in slots if slot.state == "booted" or slot.bootname == status.booted), None)
    if booted is None or not booted.bootname:
        raise HostError("rauc names no booted slot")
    other = next((slot for slot in slots if slot is not booted), None)
    return SlotState(
        booted=booted.bootname,
        version=_version_of(release) or booted.slot_status.bundle.version or "",
        other_version=_other_version(site, other) if other is not None else "",
        is_trial=booted.boot_status != "good",
        is_good=booted.boot_status == "good",
    )


def inspect(updates: Path, name: str) -> Bundle:
    """Prove a bundle and tell what it says of itself; raises BundleMisplaced, BundleUnsigned."""
    path = _place_of(updates, name)
    try:
        manifest = msgspec.json.decode(run(["rauc", "info", "--output-format=json", str(path)]), type=_Manifest)
    except (HostError, msgspec.MsgspecError) as cause:
        raise BundleUnsigned(f"{name}: {cause}") from cause
    return Bundle(manifest.version or "", DOWNGRADE in (manifest.description or "").split())


def install(updates: Path, site: Path, name: str) -> None:
    """Write a bundle into the other slot; raises what `inspect` raises, BundleOlder and HostError."""
    bundle, now = inspect(updates, name), read_slots(site)
    if is_older(bundle.version, now.version) and not bundle.is_downgrade_allowed:
        raise BundleOlder(f"{bundle.version or 'no version'} after {now.version}")
    for note in site.glob(_NOTE.format("*")):   # of whatever is written over now
        note.unlink(missing_ok=True)
    _note(site, now)
    try:
        run(["rauc", "install", str(_place_of(updates, name))], seconds=_INSTALL_S)
    except HostError as fault:
        if "signature" in fault.detail or "compatible" in fault.detail:
            raise BundleUnsigned(fault.detail) from fault
        raise


def mark(site: Path, how: Literal["good", "bad"]) -> None:
    """Say whether the system that runs is good; raises HostError."""
    run(["rauc", "status", f"mark-{how}", "booted"])
    if how == "good":
        _note(site, read_slots(site))


def activate(slot: Literal["booted", "other"]) -> None:
    """Say which slot is booted next; raises HostError."""
    run(["rauc", "status", "mark-active", slot])


def _other_version(site: Path, other: _Slot) -> str:
    """RAUC knows only what it wrote itself, not what the machine was set up with: that was noted while it ran."""
    if other.slot_status.bundle.version:
        return other.slot_status.bundle.version
    try:
        return (site / _NOTE.format(other.bootname)).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _note(site: Path, now: SlotState) -> None:
    """Note which version runs in which slot; without the note it cannot be gone back to, which is no reason to fail."""
    with suppress(OSError):
        site.mkdir(parents=True, exist_ok=True)
        (site / _NOTE.format(now.booted)).write_text(f"{now.version}\n", "utf-8")


def _place_of(updates: Path, name: str) -> Path:
    # The table lets no `/` through; a link would lead out of the folder all the same.
    path = updates / name
    try:
        kind = os.lstat(path).st_mode
    except OSError as cause:
        raise BundleMisplaced(f"{name}: {cause.strerror}") from cause
    if not stat.S_ISREG(kind):
        raise BundleMisplaced(f"{name}: no plain file")
    return path


def _version_of(release: Path) -> str:
    try:
        found = _VERSION.search(release.read_text("utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""

