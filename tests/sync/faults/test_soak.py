"""Seeded runs, a few on each database; `make soak` plays more of them, or one again."""

from __future__ import annotations

from pathlib import Path

import pytest

from .outcomes import Outcome
from .soak import soak, table, words_of
from .weather import FAIR, FAULTS, Ordered, Weather
from .worker import Worker

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_seeded_run_loses_nothing_doubles_nothing_and_drains(worker: Worker, seed: int) -> None:
    outcome = worker.play(str(seed))
    assert not outcome.problems, words_of(outcome)
    assert outcome.events > 3


def test_many_runs_are_shared_out_and_all_are_told(tmp_path: Path) -> None:
    outcomes = list(soak(range(5, 7), tmp_path, ["sqlite"]))
    print(f"\n{table(outcomes)}")
    assert sorted(outcome.name for outcome in outcomes) == ["5", "6"]
    assert not [words_of(outcome) for outcome in outcomes if outcome.problems]


def test_a_seed_gives_the_same_faults_again() -> None:
    def faults(seed: int) -> list[str]:
        weather = Weather(seed, "line", share=0.5)
        return [weather.fault_of(number).name for number in range(1, 400)]

    assert faults(7) == faults(7) != faults(8)
    assert set(faults(7)) == {FAIR.name, *FAULTS}


def test_ordered_faults_come_once_and_in_order() -> None:
    weather = Ordered()
    weather.order([FAIR, FAIR._replace(name="reply-lost", amount=2)])
    assert [weather.fault_of(number).name for number in (1, 2, 3)] == ["fair", "reply-lost", "fair"]
    weather.close()


def test_a_failed_run_says_how_to_play_it_again() -> None:
    outcome = Outcome("17", "postgresql", 1.0, ["an event is lost"], {"line fair": 3}, 9)
    assert "make soak RUNS=1 SEED=17 DATABASE=postgresql" in words_of(outcome)
    assert "1 runs with faults" in table([outcome])
