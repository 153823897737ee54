"""Starting again by snapshot: one that is old, wrong, broken, gone or cut, and a disk without room for it."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sync.protocol.events import CheckedIn
from sync.protocol.wire import SNAPSHOT_PATH
from sync.station.files.download import RESERVE_BYTES
from tests.sync.station.restart_bench import DAY_S, NOW, Bench, fill


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    found = Bench(path)
    yield found
    found.close()


def test_of_two_snapshots_the_newer_revision_counts(bench: Bench) -> None:
    office = bench.publishing
    office.put("33", "t", "moved", b"{}")
    office.put("33", "t", "stays", b"{}")
    office.make_snapshot("33")
    office.put("", "t", "moved", b"{}")
    office.make_snapshot("")    # loaded first, and newer
    bench.agent.turn()
    assert len(office.asked) == 2
    assert bench.is_settled()


def test_an_old_snapshot_of_another_scope_does_not_touch_what_is_proven(bench: Bench) -> None:
    office = bench.publishing
    office.put("33", "t", "moved", b"{}")
    office.put("33", "u", "lost", b"{}")
    bench.agent.turn()
    office.make_snapshot("33")
    office.put("", "t", "moved", b"{}")
    bench.agent.turn()
    bench.store._db.conn.execute("DELETE FROM document WHERE key = 'lost'")
    bench.clock.move(DAY_S)
    bench.agent.turn()
    assert len(office.asked) == 1
    assert bench.is_settled()


def test_a_wrong_snapshot_is_tried_twice_and_then_its_documents_come_by_pages(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 10)
    snapshot = office.make_snapshot("")
    path = SNAPSHOT_PATH + snapshot.name
    office.files[path] = bytes(len(office.files[path]))
    bench.agent.turn()
    assert office.asked == [(path, 0), (path, 0)]
    assert bench.is_settled()
    assert not list((bench.path.parent / "snapshots").iterdir())


def test_what_came_out_of_a_broken_snapshot_does_not_outlive_its_tombstone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = bench.publishing
    monkeypatch.setattr("sync.station.exchange.restart._LINES", 2)
    fill(office, "", "t", 10)
    broken = office.make_snapshot("")
    file = office.files[SNAPSHOT_PATH + broken.name][:-8]
    office.files[SNAPSHOT_PATH + broken.name] = file
    sha256 = hashlib.sha256(file).hexdigest()
    office.snapshots[""] = msgspec.structs.replace(broken, size=len(file), sha256=sha256)
    office.withdraw("t", "t3")

    def make_new() -> None:
        if office.asked:
            office.before_reply = lambda: None
            office.make_snapshot("")

    office.before_reply = make_new
    bench.agent.turn()
    assert bench.is_settled()


def test_a_line_that_cannot_be_read_costs_only_itself(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    office = bench.publishing
    fill(office, "", "t", 10)
    snapshot = office.make_snapshot("")
    file = gzip.compress(b"{}\n{}\n" + gzip.decompress(office.files[SNAPSHOT_PATH + snapshot.name]))
    sha256 = hashlib.sha256(file).hexdigest()
    office.files[SNAPSHOT_PATH + snapshot.name] = file
    office.snapshots[""] = msgspec.structs.replace(snapshot, size=len(file), sha256=sha256)
    bench.agent.turn()
    assert len(bench.held()) == 10
    assert bench.standing().is_synced
    assert caplog.text.count("left out") == 1


def test_a_snapshot_that_is_gone_is_asked_for_anew(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 10)
    old = office.make_snapshot("")
    del office.files[SNAPSHOT_PATH + old.name]

    def make_new() -> None:
        if office.asked:
            office.before_reply = lambda: None
            office.make_snapshot("")

    office.before_reply = make_new
    office.put("", "t", "one more", b"{}")
    bench.agent.turn()
    assert len(office.asked) == 2
    assert bench.is_settled()
    assert sum(office.pages) == 0


def test_a_download_that_was_cut_goes_on_where_it_was(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 100, b'{"n":"some more bytes, so that the file is not too short"}')
    office.make_snapshot("")
    office.cuts = [128, 128]
    bench.agent.turn()
    assert bench.standing().step == "line"
    (bench.path.parent / "snapshots" / "of-another-time.ndjson.gz.part").touch()
    bench.agent.turn()
    bench.agent.turn()
    assert [start for _, start in office.asked] == [0, 128, 256]
    assert not list((bench.path.parent / "snapshots").iterdir())
    assert bench.is_settled()


def test_events_go_on_while_a_snapshot_is_on_its_way(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 100)
    office.make_snapshot("")
    office.cuts = [64] * 5
    for number in range(5):
        bench.store.journal.append(CheckedIn(checkin=f"c{number}", trade="t"), at=NOW)
        bench.agent.turn()
        assert bench.store.journal.count("pending") == 0
    assert bench.held() == {}


def test_a_full_disk_takes_no_snapshot_and_still_sends_events(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    office = bench.publishing
    fill(office, "", "t", 10)
    office.make_snapshot("")
    bench.store.journal.append(CheckedIn(checkin="c", trade="t"), at=NOW)
    monkeypatch.setattr("sync.station.exchange.restart.free_bytes", lambda _: RESERVE_BYTES)
    bench.agent.turn()
    assert (bench.standing().failing, bench.standing().step) == ("STORE-FULL", "store")
    assert (bench.store.journal.count("pending"), office.asked) == (0, [])
    monkeypatch.undo()
    bench.agent.turn()
    assert bench.is_settled()


def test_files_make_way_for_a_snapshot(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(bench.publishing, "", "t", 10)
    bench.publishing.make_snapshot("")
    file = bench.store.blobs.path_of("a" * 64)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    monkeypatch.setattr("sync.station.files.blobs.free_bytes", lambda _: RESERVE_BYTES)
    monkeypatch.setattr(
        "sync.station.exchange.restart.free_bytes", lambda _: RESERVE_BYTES * (1 if file.exists() else 2)
    )
    bench.agent.turn()
    assert bench.is_settled()
