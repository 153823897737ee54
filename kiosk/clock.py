"""The times a kiosk needs, and the clock that tests move by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sync.station.clock import BootTime, read_boot_time


class Clock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def boot_time(self) -> BootTime:
        """Seconds since the machine's start, which nobody can set."""
        return read_boot_time()


class FakeClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 23, 6, 26, tzinfo=UTC)
        self._seconds = 1_000.0
        self._booted_s = 0.0
        self._boots = 1

    def now(self) -> datetime:
        """Where the hands stand."""
        return self._now

    def monotonic(self) -> float:
        """Seconds moved so far."""
        return self._seconds

    def boot_time(self) -> BootTime:
        """Seconds moved since the machine was started last."""
        return BootTime(f"boot-{self._boots}", self._seconds - self._booted_s)

    def reboot(self, now: datetime) -> None:
        """The machine starts anew, and its wall clock says this."""
        self._boots, self._booted_s, self._now = self._boots + 1, self._seconds, now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds

    def set(self, now: datetime) -> None:
        """Someone set the wall clock; the other time goes on."""
        self._now = now
