"""The agent's clock, one for tests that is moved by hand, and the clock that runs since the machine's start."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, Protocol

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
# Raised with each release: no clock of a station that runs it can have been right before.
PROGRAM_DATE: Final = datetime(2026, 11, 1, tzinfo=UTC)


class BootTime(NamedTuple):
    """Seconds since the machine was started, sleep included, and in which run of it; nobody can set them."""

    boot: str
    seconds: float


class Timepiece(Protocol):
    """A wall clock that may be wrong and may be put right, and the boot clock beside it."""

    def now(self) -> datetime:
        """What the wall clock says, UTC."""
        ...

    def boot_time(self) -> BootTime:
        """What the boot clock says."""
        ...


def read_boot_time() -> BootTime:
    """The machine's own."""
    return BootTime(_boot_id(), time.clock_gettime(time.CLOCK_BOOTTIME))


@cache
def _boot_id() -> str:
    return _BOOT_ID.read_text("ascii").strip()


class Clock:
    """This machine's time, as far as it knows."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Seconds since some moment; no one can set it."""
        return time.monotonic()

    def boot_time(self) -> BootTime:
        """What the boot clock says."""
        return read_boot_time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FakeClock(Clock):
    """Time passes only when told, or slept; `slept` keeps each wait."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed_s = 0.0
        self._boots = [0.0]     # when each run of the machine began
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The moment it was moved to."""
        return self._now

    def elapsed_s(self) -> float:
        """Seconds moved so far."""
        return self._elapsed_s

    def boot_time(self) -> BootTime:
        """Seconds moved since the last `reboot`."""
        name = "boot" if len(self._boots) == 1 else f"boot{len(self._boots)}"
        return BootTime(name, self._elapsed_s - self._boots[-1])

    def reboot(self) -> None:
        """Begin another run of the machine."""
        self._boots.append(self._elapsed_s)

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
