"""When to talk to the office again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from random import Random
from typing import Final

MIN_PERIOD_S: Final = 1.0
MAX_PERIOD_S: Final = 3_600.0
_DAY_S: Final = 86_400.0
FIRST_PERIOD_S: Final = 10.0    # until the office has said one
# A cap in periods: no office is asked more often because it failed, and a healed line is soon noticed.
_BACKOFF_PERIODS: Final = (1, 2, 4)


def bounded_period(wanted_s: float) -> float:
    """The office's `next_sync_s` within reason."""
    return min(max(wanted_s, MIN_PERIOD_S), MAX_PERIOD_S)


def phase_of(install: str) -> float:
    """A station's own place in the period, 0 to 1, always the same."""
    return int.from_bytes(hashlib.sha256(install.encode()).digest()[:6], "big") / 2**48


def is_proof_due(proved_at: datetime | None, now: datetime, phase: float) -> bool:
    """Whether this station's own time of day has come since the last proof; never without a first one."""
    return proved_at is not None and _day_of(proved_at, phase) != _day_of(now, phase)


def _day_of(at: datetime, phase: float) -> int:
    return int((at.timestamp() + phase * _DAY_S) // _DAY_S)


def until_phase(now: datetime, period_s: float, phase: float) -> float:
    """Seconds to this station's next turn, at least half a period away; `now` is the office's time."""
    wait_s = (phase * period_s - now.timestamp()) % period_s
    return wait_s if wait_s >= period_s / 2 else wait_s + period_s


def after_failure(period_s: float, failures: int, retry_after_s: float, random: Random) -> float:
    """Seconds to wait after the nth failure in a row: never less than the period, nor than was asked for."""
    spread_s = period_s * _BACKOFF_PERIODS[min(failures, len(_BACKOFF_PERIODS)) - 1]
    return max(period_s, retry_after_s) + random.uniform(0, spread_s)


def later(now: datetime, seconds: float) -> datetime:
    """The moment after these seconds, or as late as there are moments."""
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return now
