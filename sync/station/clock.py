"""The agent's clock, and one for tests that is moved by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """This machine's time, as far as it knows."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Seconds since some moment; no one can set it."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FakeClock(Clock):
    """Time passes only when told, or slept; `slept` keeps each wait."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed_s = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The moment it was moved to."""
        return self._now

    def elapsed_s(self) -> float:
        """Seconds moved so far."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Be moved, at once."""
        self.slept.append(seconds)
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds

    def set(self, now: datetime) -> None:
        """Set the time of day, as a technician or NTP would."""
        self._now = now
