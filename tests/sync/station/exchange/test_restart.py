"""Starting, and starting again: whatever happened to either side, both hold the same in the end."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sync.protocol.documents import Trade
from sync.protocol.events import CheckedIn
from sync.protocol.wire import SNAPSHOT_PATH
from sync.station.clock import FakeClock
from sync.station.files.download import RESERVE_BYTES
from tests.sync.station.fake_office import FakeOffice
from tests.sync.station.restart_bench import DAY_S, NOW, Bench, fill


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    found = Bench(path)
    yield found
    found.close()


def test_a_first_sync_comes_by_pages_and_ends_with_nothing_open(bench: Bench) -> None:
    fill(bench.publishing, "", "t", 5)
    fill(bench.publishing, "3305", "u", 3)
    bench.agent.turn()
    assert bench.is_settled()
    assert bench.publishing.restarts == 1
    assert bench.standing().is_synced


def test_a_large_scope_comes_as_a_snapshot_and_only_what_is_newer_by_pages(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 30)
    snapshot = office.make_snapshot("")
    office.put("", "t", "t3", b'{"n":2}')
    office.withdraw("t", "t4")
    office.put("3305", "t", "t5", b'{"n":3}')
    bench.agent.turn()
    assert bench.is_settled()
    assert sum(office.pages) == 4
    assert office.asked == [(SNAPSHOT_PATH + snapshot.name, 0)]
    assert not list((bench.path.parent / "snapshots").iterdir())


def test_once_a_day_both_sides_prove_that_they_hold_the_same(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 5)
    fill(office, "33", "u", 5)
    bench.agent.turn()
    pages = sum(office.pages)
    for _ in range(20):
        bench.clock.move(DAY_S / 10)
        bench.agent.turn()
    assert office.restarts == 3
    assert sum(office.pages) == pages
    assert bench.is_settled()
    # Bodies that a bad disk or a hand changed, took away or added are put right within a day.
    connection = bench.store._db.conn
    connection.execute("UPDATE document SET body = '{}' WHERE key = 't1'")
    connection.execute("DELETE FROM document WHERE key = 't2'")
    connection.execute("INSERT INTO document (type, key, rev, body) VALUES ('t', 'more', 3, '{}')")
    assert not bench.is_settled()
    bench.clock.move(DAY_S)
    bench.agent.turn()
    assert bench.is_settled()
    assert sum(office.pages) == pages + 5


def test_stale_documents_can_be_read_until_the_new_ones_are_there(bench: Bench) -> None:
    office = bench.publishing
    for number in range(4):
        office.put("", "trade", f"t{number}", b'{"trade":"t","name":"n","short":"s","icon":"i"}')
    bench.agent.turn()
    office.generation = 2
    office.put("", "trade", "t9", b'{"trade":"t","name":"new","short":"s","icon":"i"}')
    seen: list[int] = []
    office.before_reply = lambda: seen.append(len(bench.store.documents.all(Trade)))
    bench.agent.turn()
    assert min(seen) == 4
    assert bench.is_settled()


def test_an_office_that_was_restored_takes_back_what_it_forgot(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 6)
    fill(office, "33", "u", 6)
    backup, rev = copy.deepcopy(office.rows), office.rev
    for number in range(9):
        office.put("33", "u", f"later{number}", b"{}")
    bench.agent.turn()
    office.rows, office.rev, office.generation = backup, rev, 2
    bench.agent.turn()
    assert bench.is_settled()
    # Revisions begin again below those that the station has seen.
    office.put("", "t", "t0", b'{"n":"again"}')
    bench.agent.turn()
    assert bench.is_settled()


def test_a_station_moved_to_another_region_holds_what_is_published_there(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 4)
    fill(office, "330502", "u", 4)
    fill(office, "330211", "v", 4)
    bench.agent.turn()
    office.region = "330211"
    bench.agent.turn()
    assert bench.is_settled()
    assert sum(office.pages) == 8 + 4


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


def test_an_older_office_gives_everything_and_is_asked_for_no_proof(path: Path) -> None:
    clock = FakeClock(NOW)
    bench = Bench(path, FakeOffice(clock))
    bench.office.publishes(*(Trade(trade=f"t{number}", name="n", short="s", icon="i") for number in range(5)))
    bench.agent.turn()
    bench.clock.move(3 * DAY_S)
    bench.agent.turn()
    assert len(bench.store.documents.all(Trade)) == 5
    assert [hello.cursor for hello in bench.office.hellos] == ["", "2", "4", "5"]
    bench.close()


def test_an_office_that_was_put_back_to_an_older_program_ends_what_was_begun(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 100)
    office.make_snapshot("")
    office.cuts = [64]
    bench.agent.turn()
    assert bench.store.renewals.find().is_open
    bench.office = FakeOffice(bench.clock)
    bench.office.publishes(*(Trade(trade=f"t{number}", name="n", short="s", icon="i") for number in range(5)))
    bench.agent.close()
    bench.agent = bench.make_agent()
    bench.agent.turn()
    assert len(bench.held()) == 5
    assert not bench.store.renewals.find().is_open
    bench.clock.move(DAY_S)
    bench.agent.turn()
    assert bench.office.hellos[-1].cursor == "5"


def test_an_office_that_always_starts_again_ends_in_a_fault(bench: Bench) -> None:
    def always() -> None:
        bench.publishing.generation += 1

    bench.publishing.before_reply = always
    bench.agent.turn()
    assert bench.standing().failing == "SYNC-WIRE"
    bench.publishing.before_reply = lambda: None
    bench.agent.turn()
    assert bench.is_settled()


def test_enrolling_anew_in_the_middle_leaves_nothing_half_done(bench: Bench) -> None:
    office = bench.publishing
    fill(office, "", "t", 10)
    office.make_snapshot("")

    def enrol_once() -> None:
        if office.asked:
            office.before_reply = lambda: None
            bench.store.enrol(msgspec.structs.replace(bench.store.facts.identity(), epoch="e2"))

    office.before_reply = enrol_once
    office.put("", "t", "one more", b"{}")
    bench.agent.turn()
    assert bench.is_settled()
    assert office.hellos[-1].epoch == "e2"
