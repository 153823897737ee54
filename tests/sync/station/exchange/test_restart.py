"""Starting, and starting again: whatever happened to either side, both hold the same in the end."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sync.protocol.documents import Trade
from sync.protocol.wire import SNAPSHOT_PATH
from sync.station.clock import FakeClock
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
