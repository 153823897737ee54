"""The agent's turns against an office in memory, with a clock that is moved by hand."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from sync.protocol.documents import Copy, Trade
from sync.protocol.errors import SyncError, WireError
from sync.protocol.events import CheckedIn
from sync.protocol.wire import Receipt, Result
from sync.station import errors
from sync.station.store import Store
from tests.sync.station.agent_bench import NOW, Bench


def receipt(**changes: object) -> Receipt:
    plain = Receipt(head=0, server_time=NOW, next_sync_s=60, cursor="", more=False)
    return msgspec.structs.replace(plain, **changes)


def test_a_turn_drains_both_ways(bench: Bench) -> None:
    bench.office.publishes(*(Copy(label=f"A{number}") for number in range(7)))
    bench.append(45)
    bench.agent._exchanges.batch.size = 20
    wait_s = bench.agent.turn()
    assert bench.stored() == bench.names
    assert len(bench.store.documents.all(Copy)) == 7
    assert (bench.pending(), bench.store.facts.cursor()) == (0, "7")
    assert bench.office.sent[:2] == [20, 25]
    assert 30 <= wait_s <= 90
    assert (bench.line.last_success, bench.line.next_sync_s, bench.line.failing) == (NOW, 60, "")
    assert (bench.line.is_synced, bench.line.next_try) == (True, NOW + timedelta(seconds=wait_s))


def test_the_loop_is_alive_without_a_new_event(bench: Bench) -> None:
    bench.agent.turn()
    bench.office.publishes(Trade(trade="t", name="n", short="s", icon="i"))
    bench.agent.turn()
    assert bench.store.documents.get(Trade, "t").name == "n"


def test_a_lost_reply_doubles_nothing(bench: Bench) -> None:
    bench.append(5)
    bench.office.lose_next(errors.OfficeUnreachable("ReadTimeout"))
    bench.agent.turn()
    assert (bench.pending(), bench.line.failing) == (5, "SYNC-LINE")
    bench.append(2)
    bench.agent.turn()
    assert bench.stored() == bench.names
    assert (bench.pending(), bench.line.failing) == (0, "")


def test_an_event_committed_during_an_exchange_is_sent_in_the_same_turn(bench: Bench) -> None:
    bench.append()

    def append_once() -> None:
        bench.office.before_reply = lambda: None
        bench.append()

    bench.office.before_reply = append_once
    bench.agent.turn()
    assert (bench.stored(), bench.pending()) == (["c1", "c2"], 0)


def test_a_rejected_event_is_marked_and_blocks_nothing(bench: Bench) -> None:
    bench.append(3)
    bench.office.rejected = {2}
    bench.agent.turn()
    assert (bench.store.journal.count("rejected"), bench.pending()) == (1, 0)
    bench.agent.turn()
    assert bench.office.hellos[-1].health.rejected == 1


def test_an_office_that_forgot_gets_everything_again(bench: Bench) -> None:
    bench.append(6)
    bench.agent.turn()
    bench.office.journals["e1"] = bench.office.journals["e1"][:2]
    bench.agent.turn()
    assert (bench.stored(), bench.pending()) == (bench.names, 0)


def test_an_office_that_forgot_more_than_is_kept_gets_the_rest_in_a_new_epoch(bench: Bench) -> None:
    bench.append(6)
    bench.agent.turn()
    bench.store._db.conn.execute("DELETE FROM journal WHERE seq < 5")
    bench.office.journals["e1"] = bench.office.journals["e1"][:2]
    bench.append(2)
    bench.agent.turn()
    assert bench.stored() == ["c1", "c2", "c5", "c6", "c7", "c8"]
    assert (bench.pending(), bench.line.failing) == (0, "")


def test_a_copied_disk_goes_on_in_a_new_epoch(bench: Bench) -> None:
    bench.append(3)
    bench.agent.turn()
    # The other copy of this disk was faster with 4 and 5.
    other = bench.path.parent.parent / "other.db"
    Store.open(other, create=True).close()
    twin = sqlite3.connect(other)
    bench.store._db.conn.backup(twin)
    twin.close()
    clone = Store.open(other)
    for name in ("x4", "x5"):
        clone.journal.append(CheckedIn(checkin=name, trade="t"), at=NOW)
    bench.office.journals["e1"] += clone.journal.pending("e1", 9, 10**6)
    clone.close()
    bench.append(3)
    bench.agent.turn()
    assert bench.stored() == ["c1", "c2", "c3", "x4", "x5", "c4", "c5", "c6"]
    assert bench.store.facts.identity().epoch != "e1"
    assert bench.pending() == 0


def test_a_disk_that_forgot_opens_a_new_epoch_before_it_collides(bench: Bench) -> None:
    bench.append(2)
    bench.agent.turn()
    bench.store._db.conn.execute("DELETE FROM journal WHERE seq = 2")
    bench.agent.turn()
    assert bench.store.facts.identity().epoch != "e1"
    bench.append()
    bench.agent.turn()
    assert bench.stored() == ["c1", "c2", "c3"]


def test_an_event_below_a_forked_head_is_not_taken_for_stored(bench: Bench) -> None:
    bench.append(2)
    bench.office.say_next(receipt(head=50))
    bench.office.before_reply = lambda: bench.append() if len(bench.names) < 3 else None
    bench.agent.turn()
    assert "c3" in bench.stored()
    assert bench.pending() == 0


@pytest.mark.parametrize(
    "said",
    [
        receipt(head=-5), receipt(head=2**62), receipt(more=True), receipt(head=0, cursor="x", more=True),
        receipt(results=(Result(1, "rejected", "x" * 999), Result(99, "fork"), Result(-1, "rejected"))),
        receipt(results=(Result(1, "fork"), Result(1, "fork"))), receipt(next_sync_s=-1), receipt(next_sync_s=1e300),
        receipt(results=(Result(3, "fork"),)), receipt(head=1, results=(Result(3, "fork"), Result(2, "rejected"))),
        receipt(server_time=datetime(9999, 12, 31, tzinfo=UTC)), receipt(server_time=datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_receipt_of_nonsense_loses_nothing(bench: Bench, said: Receipt) -> None:
    bench.append(3)
    bench.office.say_next(said, said, said)
    for _ in range(6):
        assert 1 <= bench.agent.turn() <= 3 * 3_600
    assert set(bench.stored()) == set(bench.names)
    assert bench.pending() == 0


def test_a_receipt_that_stores_nothing_does_not_spin(bench: Bench) -> None:
    bench.append(3)
    bench.office.say_next(*[receipt()] * 50)
    bench.agent.turn()
    assert len(bench.office.hellos) == 1
    assert bench.line.failing == WireError.code


def test_a_batch_too_large_is_halved_until_it_fits(bench: Bench) -> None:
    bench.append(10)
    bench.office.fail_next(errors.BatchTooLarge("413"), errors.BatchTooLarge("413"), errors.BatchTooLarge("413"))
    bench.agent.turn()
    assert bench.office.sent[:4] == [10, 5, 2, 1]
    assert bench.stored() == bench.names


@pytest.mark.parametrize("fault", [errors.LineTooSlow("408"), errors.OfficeUnreachable("x")])
def test_on_a_line_too_slow_for_a_batch_the_next_is_smaller(bench: Bench, fault: SyncError) -> None:
    bench.append(40)
    bench.office.fail_next(fault, fault)
    for _ in range(3):
        bench.agent.turn()
    assert bench.office.sent[:3] == [40, 20, 10]


def test_one_event_that_is_too_large_is_kept_and_tried_again(bench: Bench) -> None:
    bench.append()
    bench.office.fail_next(errors.BatchTooLarge("413"))
    bench.agent.turn()
    assert (bench.pending(), bench.line.failing) == (1, "SYNC-BATCH")
    bench.agent.turn()
    assert bench.pending() == 0


@pytest.mark.parametrize("fault", [errors.StationRevoked("revoked"), errors.StationCloned("cloned")])
def test_a_station_that_is_shut_out_stops_pushing_and_keeps_everything(bench: Bench, fault: SyncError) -> None:
    bench.append(3)
    bench.office.fail_next(fault, fault, fault)
    for _ in range(3):
        bench.agent.turn()
    assert bench.office.sent == [3, 0, 0]
    assert (bench.pending(), bench.line.failing) == (3, fault.code)
    bench.agent.turn()
    assert bench.stored() == bench.names


@pytest.mark.parametrize(
    "fault",
    [errors.OfficeBusy("503"), errors.OfficeUnreachable("x"), WireError("html"), errors.ClockWrong("clock"),
     errors.OfficeRefused("version"), errors.OfficeUntrusted("x"), RuntimeError("a bug")],
)
def test_every_fault_waits_at_least_the_period_and_ends(bench: Bench, fault: Exception) -> None:
    bench.agent.turn()
    bench.append()
    bench.office.fail_next(*[fault] * 12)
    for _ in range(12):
        wait_s = bench.agent.turn()
        assert 60 <= wait_s <= 60 + 4 * 60
        assert bench.line.failing
    bench.agent.turn()
    assert (bench.stored(), bench.pending(), bench.line.failing) == (bench.names, 0, "")


def test_retry_after_is_obeyed_with_a_spread(bench: Bench) -> None:
    bench.agent.turn()
    bench.office.fail_next(errors.OfficeBusy("503", 900))
    assert 900 <= bench.agent.turn() <= 960


def test_a_restart_remembers_the_last_success_and_waits_for_its_phase(bench: Bench) -> None:
    assert bench.agent.first_wait() == 0
    bench.office.publishes(Copy(label="A"))
    bench.agent.turn()
    again = bench.make_agent()
    assert 0 < again.first_wait() < 60
    bench.office.fail_next(errors.OfficeUnreachable("x"))
    assert again.turn() >= 60
    assert (bench.line.last_success, bench.line.failing) == (NOW, "SYNC-LINE")
    again.close()


def test_a_clock_put_right_before_the_office_could_see_it_is_told_line_by_line(bench: Bench) -> None:
    """First the office's clock is heard, then the events go, each with how wrong it was."""
    now = bench.clock.now()
    bench.store.journal.clock = bench.clock
    bench.clock.set(now - timedelta(days=9_000))
    bench.store.journal.append(CheckedIn(checkin="a", trade="cook"), at=NOW)
    bench.clock.set(now)
    bench.store.journal.append(CheckedIn(checkin="b", trade="cook"), at=NOW)
    bench.agent.turn()
    assert (bench.office.sent, bench.office.hellos[0].slips) == ([0, 3], ())
    assert bench.office.hellos[1].slips == ((1, 1, 9_000 * 86_400.0), (2, 3, 0.0))
