"""A store that is locked, full, read-only, damaged or from another time: refused, kept, never overwritten."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.protocol.events import CheckedIn, CodeUnknown
from sync.station.errors import StoreDamaged, StoreFull, StoreLocked, StoreNewer, StoreUnwritable
from sync.station.store import Standing, Store

AT = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
RELEASED = Path(__file__).resolve().parents[2] / "data" / "station"
EVENT = CheckedIn(checkin="c", trade="courier")


def fill(path: Path, count: int = 300) -> None:
    store = Store.open(path)
    for _ in range(count):
        store.journal.append(CodeUnknown(raw="x" * 200), at=AT)
    store.close()


def append_until_full(store: Store) -> int:
    """How many events were recorded before one was refused."""
    for written in itertools.count():
        try:
            store.journal.append(CodeUnknown(raw="x" * 2_000), at=AT)
        except StoreFull:
            return written
    raise AssertionError


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("station.db.damaged-*[0-9]"))


def shred_header(path: Path) -> None:
    _write(path, 0, os.urandom(100))


def shred_middle_page(path: Path) -> None:
    page = path.stat().st_size // 4096 // 2
    _write(path, page * 4096, b"\xa5" * 4096)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def replace_with_text(path: Path) -> None:
    path.write_text("这不是数据库\n" * 500)


def _write(path: Path, offset: int, junk: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(junk)


@pytest.mark.parametrize("damage", [shred_header, shred_middle_page, cut_in_half, empty, replace_with_text])
def test_a_damaged_file_is_set_aside_byte_for_byte(path: Path, damage: Callable[[Path], None]) -> None:
    fill(path)
    damage(path)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match=r"已另存为 station\.db\.damaged-"):
        Store.open(path)
    assert not path.exists()
    assert [kept.read_bytes() for kept in aside(path)] == [before]
    # Nobody starts afresh by accident; only enrolment does.
    with pytest.raises(StoreDamaged, match="已另存为"):
        Store.open(path)
    assert not path.exists()
    Store.open(path, create=True).close()
    assert [kept.read_bytes() for kept in aside(path)] == [before]


def test_a_damaged_file_keeps_its_write_ahead_log(path: Path) -> None:
    fill(path)
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM journal").fetchone()
    fill(path, 5)
    copy = path.parent / "copy"
    copy.mkdir()
    crashed = copy / "station.db"
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), crashed.with_name(crashed.name + suffix))
    reader.close()
    shred_middle_page(crashed)
    before, log_before = crashed.read_bytes(), crashed.with_name("station.db-wal").read_bytes()
    assert log_before
    with pytest.raises(StoreDamaged):
        Store.open(crashed)
    kept = aside(crashed)[0]
    assert kept.read_bytes() == before
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == log_before


def test_a_program_that_still_has_the_file_open_stops_writing_to_it(path: Path, store: Store) -> None:
    store.journal.append(EVENT, at=AT)
    path.rename(path.with_name("station.db.damaged-1"))
    with pytest.raises(StoreDamaged, match="打开的时候被移走或换掉了"):
        store.journal.append(EVENT, at=AT)
    assert store.journal.count("pending") == 1


def test_a_locked_store_says_so_and_works_again(path: Path, store: Store) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked):
        store.journal.append(EVENT, at=AT)
    assert store.journal.count("pending") == 0
    other.execute("ROLLBACK")
    other.close()
    assert store.journal.append(EVENT, at=AT).seq == 1


def test_a_newer_file_is_refused_and_left_as_it_is(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('station', 'm999_later', '')")
    raw.execute("UPDATE fact SET value = '999' WHERE name = 'readable_since'")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreNewer, match="m999_later"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable):
        Store.open(tmp_path / "missing" / "station.db", create=True)
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreUnwritable):
        Store.open(tmp_path / "folder.db", create=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MB; only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("cannot mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_refuses_events_loses_none_and_goes_on(small_disk: Path, path: Path) -> None:
    shutil.copy(path, small_disk / "station.db")
    store = Store.open(small_disk / "station.db")
    written = append_until_full(store)
    assert written > 20
    assert store.journal.count("pending") == written
    store.close()
    again = Store.open(small_disk / "station.db")
    assert again.journal.count("pending") == written
    again.close()
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    after = Store.open(small_disk / "station.db")
    assert after.journal.append(EVENT, at=AT).seq == written + 1
    after.close()


def test_a_full_file_refuses_events_and_goes_on(store: Store) -> None:
    pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
    store._db.conn.execute(f"PRAGMA max_page_count = {pages}")
    written = append_until_full(store)
    assert store.journal.count("pending") == written
    store._db.conn.execute("PRAGMA max_page_count = 100000")
    assert store.journal.append(EVENT, at=AT).seq == written + 1


def test_a_read_only_disk_is_no_damage(small_disk: Path, path: Path) -> None:
    shutil.copy(path, small_disk / "station.db")
    store = Store.open(small_disk / "station.db")
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnwritable):
        Store.open(small_disk / "station.db")
    assert (small_disk / "station.db").exists()


@pytest.mark.parametrize("release", sorted(RELEASED.glob("*.db")), ids=lambda path: path.stem)
def test_every_released_database_upgrades_and_goes_on(release: Path, tmp_path: Path) -> None:
    path = tmp_path / "station.db"
    shutil.copy(release, path)
    store = Store.open(path)
    pending, last = store.journal.count("pending"), store.journal.last()
    assert store.facts.cursor() == ""
    assert store.facts.find(Standing)
    assert store.documents.digests()
    assert store.journal.acked_after(0, 1)[0].acked_at == 0
    assert store.facts.identity().station == "330502-01"
    assert pending
    assert last
    assert store.journal.append(EVENT, at=AT).seq == last.seq + 1
    assert store.journal.count("pending") == pending + 1
    store.close()


def test_there_is_a_database_of_every_release() -> None:
    assert {path.stem for path in RELEASED.glob("*.db")} >= {"0.1.0"}
