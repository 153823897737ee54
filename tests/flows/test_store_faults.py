"""A full disk, a locked file, a damaged file: clear words, a code, and nothing overwritten."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

Start = Callable[..., "Kiosk"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "yizhan-test", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_told_and_the_next_tap_works_when_there_is_room(
    start: Start, station: Path, small_disk: Path
) -> None:
    for part in station.glob("station.db*"):
        shutil.copy(part, small_disk)
    kiosk = start(small_disk)
    kiosk.shows("home")
    ballast = small_disk / "ballast"
    subprocess.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=512"], check=False, capture_output=True)
    for _ in range(40):
        kiosk.pass_time(3).tap("外卖配送")
        if kiosk.screen == "failure":
            break
        kiosk.tap("首页")
    assert kiosk.says("STORE-FULL")
    assert kiosk.says("刚才的没有记下")
    counted = kiosk.kinds().count("CheckedIn")
    ballast.unlink()
    kiosk.tap("首页")
    kiosk.pass_time(3).tap("外卖配送")
    assert kiosk.says("签到成功")
    assert kiosk.kinds().count("CheckedIn") == counted + 1


def test_a_locked_database_is_told_and_then_works_again(start: Start, station: Path) -> None:
    kiosk = start(station)
    kiosk.shows("home")
    other = sqlite3.connect(station / "station.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    kiosk.tap("外卖配送")
    assert kiosk.says("STORE-LOCKED")
    other.execute("ROLLBACK")
    other.close()
    kiosk.tap("首页")
    kiosk.pass_time(3).tap("外卖配送")
    assert kiosk.says("签到成功")
    assert kiosk.kinds().count("CheckedIn") == 1


def test_a_damaged_file_is_refused_set_aside_and_kept_byte_for_byte(start: Start, station: Path) -> None:
    database = station / "station.db"
    damaged = database.read_bytes()[:4096] + b"\x5a" * (database.stat().st_size - 4096)
    database.write_bytes(damaged)
    kiosk = start(station)
    assert kiosk.shows("setup_damaged")
    assert kiosk.says("STORE-DAMAGED")
    assert kiosk.says("12351")
    aside = [part for part in station.glob("station.db.damaged-*") if not part.name.endswith(("-wal", "-shm"))]
    assert [part.read_bytes() for part in aside] == [damaged]
    assert not database.exists()


def test_no_database_at_all_means_not_enrolled(start: Start, tmp_path: Path) -> None:
    kiosk = start(tmp_path)
    assert kiosk.shows("setup_begin")
    assert not (tmp_path / "station.db").exists()


def test_a_station_enrolled_later_comes_up_by_itself(start: Start, station: Path, tmp_path: Path) -> None:
    hidden = station / "station.db.elsewhere"
    (station / "station.db").rename(hidden)
    kiosk = start(station)
    assert kiosk.shows("setup_begin")
    hidden.rename(station / "station.db")
    kiosk.pass_time(11)
    assert kiosk.shows("home")
