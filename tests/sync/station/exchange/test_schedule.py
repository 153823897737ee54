"""When to talk again: an own phase, and never sooner because of a fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sync.station.exchange.batch import LEAST, Batch
from sync.station.exchange.schedule import after_failure, bounded_period, is_proof_due, phase_of, until_phase

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)


@given(st.floats(0, 86_400), st.floats(1, 3_600), st.text(max_size=8))
def test_each_wait_ends_at_the_stations_own_phase(passed_s: float, period_s: float, install: str) -> None:
    now = NOW + timedelta(seconds=passed_s)
    wait_s = until_phase(now, period_s, phase_of(install))
    assert period_s / 2 <= wait_s <= period_s * 1.5
    place = (now.timestamp() + wait_s) % period_s
    distance = abs(place - phase_of(install) * period_s)
    assert min(distance, period_s - distance) < 0.01


def test_stations_are_spread_evenly_over_the_period() -> None:
    tenths = [0] * 10
    for number in range(10_000):
        tenths[int(phase_of(f"station {number}") * 10)] += 1
    assert max(tenths) / min(tenths) < 1.3


@given(st.floats(1, 3_600), st.integers(1, 10_000), st.floats(0, 86_400), st.integers())
def test_a_fault_never_shortens_the_wait(period_s: float, failures: int, retry_after_s: float, seed: int) -> None:
    wait_s = after_failure(period_s, failures, retry_after_s, Random(seed))
    assert max(period_s, retry_after_s) <= wait_s <= max(period_s, retry_after_s) + 4 * period_s


def test_the_offices_period_is_kept_within_reason() -> None:
    assert [bounded_period(wanted) for wanted in (-1, 0, 5, 1e300)] == [1, 1, 5, 3_600]


def test_the_daily_proof_is_due_at_each_stations_own_time_of_day() -> None:
    hours = [0] * 24
    for number in range(2_400):
        phase = phase_of(f"station {number}")
        moments = [NOW + timedelta(hours=hour) for hour in range(25)]
        due = [hour for hour in range(24) if is_proof_due(moments[hour], moments[hour + 1], phase)]
        assert len(due) == 1
        hours[due[0]] += 1
    assert max(hours) < 2 * min(hours)
    assert not is_proof_due(None, NOW, 0.5)
    assert is_proof_due(NOW, NOW + timedelta(days=30), 0.5)
    assert is_proof_due(NOW + timedelta(days=3_650), NOW, 0.5)


def test_a_batch_aims_at_five_seconds() -> None:
    batch = Batch()
    batch.took(2_000, 20)
    assert batch.size == 500
    batch.took(500, 0.5)
    assert batch.size == 1_000
    batch.took(3, 0.1)
    assert batch.size == 1_000
    for _ in range(20):
        batch.halve(batch.size, least=LEAST)
    assert batch.size == LEAST
    batch.halve(1)
    assert batch.size == 1
    for _ in range(20):
        batch.took(batch.size, 0.1)
    assert batch.size == 2_000
