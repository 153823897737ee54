"""What an agent makes of faults, wrong clocks, enrolments and damage; with a clock that is moved by hand."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sync.protocol.documents import Copy
from sync.protocol.errors import WireError
from sync.protocol.events import DeviceFaulted, DeviceRecovered, digest_of
from sync.protocol.wire import Published
from sync.station import errors
from sync.station.clock import FakeClock
from sync.station.exchange.agent import Agent
from sync.station.facts import Identity
from sync.station.identity import Keys, name_of
from sync.station.store import Store
from tests.sync.station.agent_bench import IDENTITY, NOW, Bench


@pytest.mark.parametrize(
    ("fault", "step"),
    [(errors.OfficeUnreachable("x"), "line"), (errors.OfficeUntrusted("x"), "tls"), (WireError("html"), "push"),
     (errors.OfficeRefused("bad-signature"), "signature"), (errors.ClockWrong("clock"), "signature"),
     (errors.OfficeBusy("503"), "push"), (errors.StationRevoked("revoked"), "push"), (errors.StoreFull("x"), "store")],
)
def test_the_step_that_fails_is_told(bench: Bench, fault: Exception, step: str) -> None:
    bench.append()
    bench.office.fail_next(fault)
    bench.agent.turn()
    first = bench.line
    assert (first.step, first.since, first.is_synced) == (step, NOW, False)
    bench.clock.move(100)
    bench.office.fail_next(fault)
    bench.agent.turn()
    assert bench.line.since == NOW
    assert bench.line.next_try
    assert bench.line.next_try > bench.clock.now()
    bench.agent.turn()
    assert (bench.line.step, bench.line.since, bench.line.is_synced) == ("", None, True)


def test_a_long_backlog_is_counted_at_its_ends(bench: Bench) -> None:
    bench.append(30)
    bench.office.rejected = {3}
    bench.agent._exchanges.batch.size = 10
    bench.agent.turn()
    assert [hello.health.pending for hello in bench.office.hellos] == [30, 20]
    assert bench.store.journal.count("acked") == 29
    bench.append(2)
    rows = bench.store._db.conn.execute("SELECT count(*) FROM journal WHERE state = 'pending'").fetchone()
    assert rows == (bench.pending(),) == (2,)


class Ended(BaseException):
    """Stops a loop that has no end."""


def test_a_waiting_agent_notices_within_seconds_that_it_was_enrolled_anew(bench: Bench) -> None:
    bench.office.fail_next(errors.StationRevoked("revoked"))

    def enrol_then_end(seconds: float) -> None:
        FakeClock.sleep(bench.clock, seconds)
        if len(bench.office.hellos) == 1:
            bench.store.facts.put(msgspec.structs.replace(bench.store.facts.identity(), epoch="e2"))
        elif len(bench.office.hellos) > 1:
            raise Ended

    bench.clock.sleep = enrol_then_end
    with pytest.raises(Ended):
        bench.agent.run(at_once=True)
    assert [hello.epoch for hello in bench.office.hellos] == ["e1", "e2"]
    assert bench.clock.slept[0] == 5


def test_a_station_that_never_exchanged_tries_again_sooner(bench: Bench) -> None:
    bench.office.fail_next(errors.OfficeUnreachable("x"))
    assert 10 <= bench.agent.turn() <= 20


def test_the_same_fault_is_logged_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.office.fail_next(*[errors.OfficeUnreachable("x")] * 5, errors.OfficeBusy("503"))
    for _ in range(7):
        bench.agent.turn()
    assert [record.levelname for record in caplog.records if record.name == "sync.station.exchange.agent"] == [
        "WARNING", "WARNING", "INFO",
    ]


def test_the_clock_offset_is_noted_and_used(bench: Bench) -> None:
    bench.office.clock_ahead_s = 3_600
    bench.agent.turn()
    assert bench.line.clock_offset_s == 3_600
    bench.office.clock_ahead_s = 2
    bench.agent.turn()
    assert bench.line.clock_offset_s == 0


def test_a_slow_line_is_no_wrong_clock(bench: Bench) -> None:
    bench.office.before_reply = lambda: bench.clock.move(40)
    bench.office.clock_ahead_s = -20    # it read its clock in the middle of the journey
    bench.agent.turn()
    assert bench.line.clock_offset_s == 0
    bench.office.clock_ahead_s = 3_600 - 20
    bench.agent.turn()
    known_s = bench.line.clock_offset_s
    assert 3_600 - 20 <= known_s <= 3_600 + 20
    bench.office.clock_ahead_s = 3_600 - 25
    bench.agent.turn()
    assert bench.line.clock_offset_s == known_s


def test_a_bad_document_stops_neither_the_others_nor_the_cursor(bench: Bench) -> None:
    bench.office.publish(
        Published("copy", "X", 1, msgspec.Raw(b'{"label":5}')), Published("robot", "R", 2, msgspec.Raw(b"{}")),
    )
    bench.office.publishes(Copy(label="A"))
    bench.agent.turn()
    assert bench.store.documents.all(Copy) == [Copy(label="A")]
    assert bench.store.facts.cursor() == "3"


def test_health_tells_what_is_broken_now(bench: Bench) -> None:
    for event in (
        DeviceFaulted(device="scanner", code="DEVICE-LOST"),
        DeviceFaulted(device="printer", code="NO-PAPER"),
        DeviceRecovered(device="scanner"),
    ):
        bench.clock.move(1)
        bench.store.journal.append(event, at=bench.clock.now())
    bench.path.with_name("station.db.damaged-20260101T000000").touch()
    bench.agent.turn()
    health = bench.office.hellos[0].health
    assert health.pending == 3
    assert health.free_mb > 0
    assert health.faults == ("printer:NO-PAPER", "STORE-DAMAGED")


def test_a_station_not_yet_enrolled_waits_for_its_enrolment(tmp_path: Path) -> None:
    agent = Agent(tmp_path, clock=FakeClock(NOW))
    assert agent.first_wait() == 0
    assert agent.turn() == 5
    agent.close()


def test_enrolling_anew_is_noticed_while_running(bench: Bench) -> None:
    bench.append(2)
    bench.agent.turn()
    key = Keys(bench.path.parent).make()
    renewed = msgspec.structs.replace(IDENTITY, epoch="e2", office="http://127.0.0.1:10", key=name_of(key))
    bench.append(1)
    bench.store.enrol(renewed, 2)
    bench.agent.turn()
    assert bench.office.hellos[-1].epoch == "e2"
    assert bench.stored() == bench.names


def test_enrolling_anew_during_an_exchange_mixes_nothing(bench: Bench) -> None:
    bench.append(2)
    renewed = msgspec.structs.replace(bench.store.facts.identity(), epoch="e2")

    def enrol_once() -> None:
        bench.office.before_reply = lambda: None
        bench.store.enrol(renewed, 2, digest_of(bench.office.journals["e1"][1]))

    bench.office.before_reply = enrol_once
    bench.agent.turn()
    assert (bench.stored(), bench.pending()) == (bench.names, 0)


def _lock(bench: Bench) -> Callable[[], None]:
    other = sqlite3.connect(bench.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    def release() -> None:
        other.execute("ROLLBACK")
        other.close()

    return release


def test_a_locked_store_is_waited_for(bench: Bench) -> None:
    bench.append()
    release = _lock(bench)
    assert 10 <= bench.agent.turn() <= 20
    release()
    bench.agent.turn()
    assert (bench.stored(), bench.pending()) == (bench.names, 0)


def test_a_damaged_store_is_set_aside_and_the_agent_lives_on(bench: Bench) -> None:
    bench.append(200)
    bench.store.close()
    bench.path.with_name("station.db-wal").unlink(missing_ok=True)
    with bench.path.open("r+b") as file:
        file.write(b"\0" * 200)
    for _ in range(3):
        assert bench.agent.turn() > 0
    assert list(bench.path.parent.glob("station.db.damaged-*"))
    bench.store = Store.open(bench.path, create=True)
    bench.store.enrol(Identity("s", "n", "http://127.0.0.1:9", "i", "e9", Keys(bench.path.parent).make() and ""))
    assert bench.agent.turn() > 0
    assert bench.line.failing == "KEY-MISSING"


def test_a_lost_key_is_a_fault_with_a_next_step(bench: Bench) -> None:
    for path in (bench.path.parent / "keys").iterdir():
        path.unlink()
    bench.append()
    bench.agent.turn()
    assert (bench.line.failing, bench.pending(), bench.office.hellos) == ("KEY-MISSING", 1, [])
