from __future__ import annotations

import fcntl
import gzip
import hashlib
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from sync.central.core.models import Counter, Snapshot
from sync.central.core.publishing import snapshots
from sync.central.core.publishing.documents import EVERYBODY, publish, withdraw
from sync.central.core.publishing.snapshots import (
    MIN_DOCUMENTS,
    MOST_KEPT,
    forget_snapshots,
    refresh_snapshots,
    snapshot_folder,
)
from sync.protocol import wire
from sync.protocol.documents import Title

from .conftest import on_both_databases
from .fake_station import FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.YIZHAN_DATA = tmp_path
    return tmp_path / "snapshots"


def titles(numbers: Iterable[int], words: str = "x") -> list[Title]:
    return [Title(isbn=f"{number:06d}", title=words) for number in numbers]


def lines_of(name: str) -> list[wire.Published]:
    plain = gzip.decompress((snapshot_folder() / name).read_bytes())
    return [wire.decode_published(line) for line in plain.splitlines()]


def offered(station: FakeStation, scope: str = EVERYBODY) -> wire.Snapshot | None:
    """What a station that starts again is offered."""
    restart = station.sync(cursor="").receipt.restart
    assert restart is not None
    return next(offer.snapshot for offer in restart.scopes if offer.scope == scope)


def test_it_holds_all_live_documents_of_its_scope(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS + 2)))
    publish("33", titles([1], "moved"))
    withdraw("title", "000002")
    assert refresh_snapshots(NOW) == 1
    snapshot = offered(station)
    assert snapshot is not None
    assert snapshot.rev == Counter.objects.get().rev
    content = (snapshot_folder() / snapshot.name).read_bytes()
    assert (snapshot.size, snapshot.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    found = lines_of(snapshot.name)
    assert [line.key for line in found] == sorted(title.isbn for title in titles({0, *range(3, MIN_DOCUMENTS + 2)}))
    assert all(line.body is not None and line.scope == EVERYBODY for line in found)
    assert offered(station, "33") is None


def test_with_its_floor_only_what_came_later_is_sent(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    refresh_snapshots(NOW)
    publish(EVERYBODY, titles([7], "later"))
    snapshot = offered(station)
    assert snapshot is not None
    assert [found.key for found in station.pull(floors={"": snapshot.rev})] == ["330502-01", "000007"]


def test_few_documents_are_worth_no_file(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS - 1)))
    publish("@330502-01", titles(range(1_000, 1_000 + MIN_DOCUMENTS)))
    assert refresh_snapshots(NOW) == 0
    publish("33", titles(range(10_000, 10_000 + MIN_DOCUMENTS)))
    assert refresh_snapshots(NOW) == 1
    assert offered(station) is None
    assert offered(station, "33") is not None


def test_it_is_made_anew_when_a_tenth_has_changed(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(2 * MIN_DOCUMENTS)))
    assert [refresh_snapshots(NOW), refresh_snapshots(NOW)] == [1, 0]
    first = offered(station)
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS // 5), "changed"))
    publish("33", titles([9_999]))
    assert refresh_snapshots(NOW) == 0
    withdraw("title", "000400")
    assert refresh_snapshots(NOW) == 1
    assert first is not None
    assert offered(station) != first


def test_who_is_still_at_the_old_file_has_a_day(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    refresh_snapshots(NOW)
    old = Snapshot.objects.get().name
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS), "changed"))
    late = NOW + timedelta(days=3)
    refresh_snapshots(late)
    refresh_snapshots(late + timedelta(hours=23))
    assert (snapshot_folder() / old).exists()
    refresh_snapshots(late + timedelta(hours=25))
    assert not (snapshot_folder() / old).exists()
    assert offered(station) is not None


def test_of_many_made_in_a_day_only_the_newest_are_kept(station: FakeStation) -> None:
    for hour in range(MOST_KEPT + 2):
        publish(EVERYBODY, titles(range(MIN_DOCUMENTS), f"hour {hour}"))
        assert refresh_snapshots(NOW + timedelta(hours=hour)) == 1
    assert refresh_snapshots(NOW + timedelta(hours=MOST_KEPT + 2)) == 0
    names = set(Snapshot.objects.values_list("name", flat=True))
    assert len(names) == MOST_KEPT
    assert {path.name for path in snapshot_folder().iterdir() if path.suffix == ".gz"} == names
    newest = offered(station)
    assert newest is not None
    assert newest.name in names


def test_forgotten_it_is_neither_offered_nor_kept(station: FakeStation, folder: Path) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    refresh_snapshots(NOW)
    forget_snapshots()
    assert offered(station) is None
    (folder / "all-1-abandoned.ndjson.gz").touch()
    assert refresh_snapshots(NOW) == 1
    snapshot = offered(station)
    assert snapshot is not None
    assert sorted(path.name for path in folder.iterdir()) == [snapshot.name, "lock"]


def test_a_file_that_is_gone_is_not_offered_and_made_again(station: FakeStation) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    refresh_snapshots(NOW)
    snapshot = offered(station)
    assert snapshot is not None
    (snapshot_folder() / snapshot.name).unlink()
    assert offered(station) is None
    assert refresh_snapshots(NOW) == 1
    assert offered(station) == snapshot


def test_only_one_process_makes_them_at_a_time(folder: Path) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    folder.mkdir()
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refresh_snapshots(NOW) == 0
    assert refresh_snapshots(NOW) == 1


def test_what_is_published_meanwhile_comes_with_the_exchanges(
    station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(EVERYBODY, titles(range(MIN_DOCUMENTS)))
    write = snapshots._write

    def publish_and_write(scope: str, draft: Path) -> object:
        publish(EVERYBODY, titles([1], "changed"))
        publish("65", titles([2], "moved away"))
        return write(scope, draft)

    monkeypatch.setattr(snapshots, "_write", publish_and_write)
    refresh_snapshots(NOW)
    snapshot = offered(station)
    assert snapshot is not None
    held = {line.key for line in lines_of(snapshot.name)}
    came = {found.key: found.body is not None for found in station.pull(floors={"": snapshot.rev})}
    assert came == {"330502-01": True, "000001": True, "000002": False}
    assert held == {title.isbn for title in titles({0, 1, *range(3, MIN_DOCUMENTS)})}


def test_a_large_one_is_written_in_bounded_memory() -> None:
    for start in range(0, 20_000, 2_000):
        publish(EVERYBODY, titles(range(start, start + 2_000), "long" * 200))
    tracemalloc.start()
    try:
        refresh_snapshots(NOW)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024     # of 17 MB
    finally:
        tracemalloc.stop()
