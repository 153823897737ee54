"""What must be true of a station's disk after any loss of power. Nothing is started or mounted."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Collection, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from sync.protocol.errors import WireError
from sync.protocol.events import Entry, decode_entry, kind_of
from sync.station.errors import StoreError
from sync.station.store import Store

_CLEAN: Final = (0,)
_MENDED: Final = (0, 1)     # e2fsck: nothing was wrong, or the journal was played
_STORE: Final = "station/station.db"
_BOOT_FILE: Final = "EFI/yizhan/grubenv"
_BOOT_BYTES: Final = 1024
_BOOT_HEAD: Final = "# GRUB Environment Block"
_TRIES: Final = 3
_CHUNK_BYTES: Final = 4 * 1024 * 1024


class Wrong(Exception):
    """Something a loss of power must not do; `args[0]` says what."""


class Partition(NamedTuple):
    """A partition of an image: its name, and where it lies, in bytes."""

    name: str
    at: int
    size: int


class Boot(NamedTuple):
    """What the boot loader remembers: the slot that is good, the one on trial if there is one, and how often tried."""

    good: str
    trial: str
    tries: int

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots it may start, so that each must be whole."""
        return (self.good, self.trial) if self.trial and self.tries < _TRIES else (self.good,)


def partitions_of(image: Path) -> dict[str, Partition]:
    """All partitions of a GPT disk image, by their names; raises Wrong."""
    table = json.loads(_output(["sfdisk", "--json", str(image)]))["partitiontable"]
    sector = int(table.get("sectorsize", 512))
    return {
        part["name"]: Partition(part["name"], part["start"] * sector, part["size"] * sector)
        for part in table["partitions"]
    }


def cut_out(image: Path, part: Partition, to: Path) -> None:
    """A partition as a file of its own; holes stay holes."""
    source, target = os.open(image, os.O_RDONLY), os.open(to, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.ftruncate(target, part.size)
        place, end = part.at, part.at + part.size
        while place < end:
            try:
                place = os.lseek(source, place, os.SEEK_DATA)
            except OSError:     # nothing but a hole up to the end
                return
            hole = min(os.lseek(source, place, os.SEEK_HOLE), end)
            while place < hole:
                place += os.copy_file_range(source, target, hole - place, place, place - part.at)
    finally:
        os.close(source)
        os.close(target)


def check_data(data: Path, folder: Path, confirmed: Mapping[str, int]) -> int:
    """The data partition mounts, and its journal is whole: how many events it has.

    Of each kind at least as many as the screen had `confirmed`, numbered without a gap, each readable. Raises Wrong.
    """
    _run(["e2fsck", "-y", "-E", "journal_only", str(data)], _MENDED, "its journal cannot be played")
    _run(["e2fsck", "-f", "-n", str(data)], _CLEAN, "not whole after its journal was played")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (_STORE, f"{_STORE}-wal"):
        _run(["debugfs", "-R", f"dump /{name} {folder / Path(name).name}", str(data)], _CLEAN, f"{name} cannot be read")
    path = folder / "station.db"
    if not path.exists() or not path.stat().st_size:
        raise Wrong("station.db is gone")
    entries = _entries_of(path)
    for kind, least in confirmed.items():
        found = sum(kind_of(entry.event) == kind for entry in entries)
        if found < least:
            raise Wrong(f"the screen had confirmed {least} of {kind}, and {found} are there")
    return len(entries)


def _entries_of(path: Path) -> list[Entry]:
    """Every event of a store, by a program that opens it as the kiosk does; raises Wrong."""
    try:
        Store.open(path).close()
        with closing(sqlite3.connect(path)) as database:
            rows = database.execute("SELECT epoch, seq, body FROM journal ORDER BY epoch, seq").fetchall()
        entries = [decode_entry(body) for _epoch, _seq, body in rows]
    except (StoreError, WireError, sqlite3.Error) as fault:
        raise Wrong(f"station.db: {fault}") from fault
    for (epoch, seq, _), (next_epoch, next_seq, _) in pairwise(rows):
        if epoch == next_epoch and next_seq != seq + 1:
            raise Wrong(f"a gap in the journal between {seq} and {next_seq}")
    return entries


def boot_of(image: Path, esp: Partition) -> Boot:
    """The boot loader's variables; raises Wrong unless they name a slot."""
    raw = read_file_of(image, esp, _BOOT_FILE)
    if len(raw) != _BOOT_BYTES or not raw.startswith(_BOOT_HEAD.encode()):
        raise Wrong(f"the boot loader's variables are torn: {len(raw)} bytes, {raw[:40]!r}")
    lines = raw.decode("ascii", "replace").splitlines()
    said = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    boot = Boot(said.get("good", "A"), said.get("trial", ""), int(said.get("tries", "0") or 0))
    if boot.good not in {"A", "B"} or boot.trial not in {"", "A", "B"} or boot.trial == boot.good:
        raise Wrong(f"the boot loader has nothing to start: {boot}")
    return boot


def digest_of(image: Path, part: Partition, size: int) -> str:
    """SHA-256 of a partition's first bytes, so that a slot is told to be the one or the other version, whole."""
    seen = hashlib.sha256()
    with image.open("rb") as file:
        file.seek(part.at)
        left = size
        while left:
            chunk = file.read(min(_CHUNK_BYTES, left))
            seen.update(chunk)
            left -= len(chunk)
    return seen.hexdigest()


def read_file_of(image: Path, esp: Partition, name: str) -> bytes:
    """A file of the ESP; raises Wrong."""
    return _output(["mcopy", "-n", "-i", f"{image}@@{esp.at}", f"::{name}", "-"])


def _run(command: list[str], fine: Collection[int], what: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in fine:
        said = (done.stdout + done.stderr)[-600:]
        raise Wrong(f"{what}: {' '.join(command[:2])} ended with {done.returncode}: {said}")


def _output(command: list[str]) -> bytes:
    done = subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Wrong(f"{' '.join(command[:2])} ended with {done.returncode}: {done.stderr.decode()[-400:]}")
    return done.stdout
