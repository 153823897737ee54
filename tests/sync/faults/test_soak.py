"""Seeded runs, thirty on each database; `make soak` plays more of them, or one again."""

from __future__ import annotations

import pytest

from .outcomes import Outcome
from .soak import DATABASES, soak, table, words_of
from .weather import FAIR, FAULTS, Ordered, Weather
from .worker import ROOT

RUNS = 60


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_seeded_runs_lose_nothing_double_nothing_and_drain() -> None:
    outcomes = list(soak(range(1, RUNS + 1), ROOT / "build" / "soak-test", DATABASES))
    print(f"\n{table(outcomes)}")
    assert not [words_of(outcome) for outcome in outcomes if outcome.problems]
    assert sum(outcome.events for outcome in outcomes) > RUNS * 10


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
