"""Whatever the wall clock did, what happened counts for when it happened, once the clock was right again."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.clock import FakeClock
from sync.protocol.events import ClockStepped, CodeUnknown
from sync.station.clock import PROGRAM_DATE
from sync.station.facts import Identity
from sync.station.journal.timekeeping import Boot, starts_of
from sync.station.store import Store
from tests.chance import tries

TRUE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CHINA = timedelta(hours=8)
YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0
# By how much a clock is wrong after a start: a dead battery, a day or two hours behind, a year ahead, or not at all.
WRONG = st.sampled_from(["dead", -DAY_S, -7_200.0, 365 * DAY_S, 0.0])
PLAYS = st.lists(max_size=25, elements=st.one_of(
    st.tuples(st.just("happen"), st.just(0.0)),
    st.tuples(st.just("wait"), st.floats(1, 40_000)),
    st.tuples(st.just("put right"), st.just(0.0)),
    st.tuples(st.just("exchange"), st.just(0.0)),
    st.tuples(st.just("start"), WRONG),
))


class Happened(NamedTuple):
    """What truly was: when, and in which run of the machine."""

    at: datetime
    boot: int


class Machine:
    """A station's machine through outages and wrong clocks, beside the true time."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "station.db", create=True)
        self.store.enrol(Identity(station="s", name="", office="http://127.0.0.1:9", install="i", epoch="e"))
        self.clock = FakeClock(TRUE)
        self.store.journal.clock = self.clock
        self.true = TRUE
        self.boot = 0
        self.right = {0}        # runs of the machine whose clock was right at their end
        self.happened: list[Happened] = []

    def play(self, what: str, value: float | str) -> None:
        """One thing that happens to it."""
        match what:
            case "happen":
                self.happened.append(Happened(self.true, self.boot))
                self.store.journal.append(CodeUnknown(raw=str(len(self.happened))), at=self.clock.now())
            case "wait":
                self._wait(float(value))
            case "put right":
                self.clock.set(self.true)
                self.right.add(self.boot)
                self.store.journal.note_clock(UTC)
            case "exchange":
                self.right.add(self.boot)
                self.store.journal.prove(self.clock, self.true)
            case _:
                self._wait(60.0)
                self.boot += 1
                self.clock.reboot(YEAR_2000 if value == "dead" else self.true + timedelta(seconds=float(value)))
                if value == 0.0:
                    self.right.add(self.boot)

    def believed(self) -> list[datetime]:
        """When the station takes each to have happened."""
        return [at for at, _ in self.store.journal.since(CodeUnknown, datetime(1970, 1, 2, tzinfo=UTC))]

    def _wait(self, seconds: float) -> None:
        self.true += timedelta(seconds=seconds)
        self.clock.move(seconds)


@given(PLAYS)
@settings(max_examples=tries(60), deadline=None)
def test_nobody_counts_on_another_day_once_the_clock_was_right_again(plays: list[tuple[str, float | str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        for what, value in [*plays, ("start", 0.0), ("happen", 0.0), ("exchange", 0.0)]:
            machine.play(what, value)
        believed = machine.believed()
        assert believed == sorted(believed)
        assert all(PROGRAM_DATE <= at <= machine.true + timedelta(seconds=6) for at in believed)
        for was, at in zip(machine.happened, believed, strict=True):
            if was.boot in machine.right:
                assert abs((at - was.at).total_seconds()) < 6
        runs = machine.store.journal.slips("e", 1, 999)
        slipped = [seq for first, last, _ in runs for seq in range(first, last + 1)]
        assert slipped == list(range(1, machine.store.journal.top("e") + 1))
        machine.store.close()


def test_a_step_of_the_clock_is_an_event_by_how_much(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.clock.set(YEAR_2000)
    machine.play("happen", 0.0)
    machine.play("put right", 0.0)
    machine.clock.move(3)
    machine.clock.set(machine.clock.now() + timedelta(seconds=4))
    machine.play("happen", 0.0)
    steps = machine.store.journal.since(ClockStepped, TRUE - timedelta(days=1))
    assert [round(step.by_s) for _, step in steps] == [round((TRUE - YEAR_2000).total_seconds())]
    assert machine.store.journal.slips("e", 1, 9)[0][2] == steps[0][1].by_s
    machine.store.close()


def test_a_step_that_the_agent_met_first_is_an_event_all_the_same(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.play("happen", 0.0)
    machine.clock.set(TRUE + timedelta(hours=1))
    machine.store.journal.prove(machine.clock, TRUE)
    machine.play("happen", 0.0)
    assert len(machine.store.journal.since(ClockStepped, TRUE - timedelta(days=1))) == 1
    assert machine.believed() == [TRUE, TRUE]
    machine.store.close()


def test_the_year_2000_is_no_moment_of_a_program_that_was_not_written_then(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.clock.set(YEAR_2000)
    machine.play("happen", 0.0)
    machine.play("wait", 90.0)
    machine.play("happen", 0.0)
    assert machine.believed() == [PROGRAM_DATE, PROGRAM_DATE + timedelta(seconds=90)]
    machine.store.close()


def test_a_clock_a_year_ahead_is_brought_before_what_is_proven_to_be_later() -> None:
    now = TRUE.timestamp()
    ahead = Boot(1, "a", now + 365 * DAY_S, None, 0, 600)
    right = Boot(2, "b", now + 1_000, None, 0, 600)
    proven = Boot(3, "c", now + 9_000, now + 9_000, 0, 60)
    assert starts_of([ahead, right, proven]) == [now + 1_000 - 600, now + 1_000, now + 9_000]


def test_without_any_proof_nothing_is_earlier_than_what_came_before_it() -> None:
    now = TRUE.timestamp()
    assert starts_of([Boot(1, "a", now, None, 0, 600), Boot(2, "b", now - DAY_S, None, 5, 60)]) == [now, now + 595]
