"""When a screen is left on its own; pure, moved by a clock."""

from __future__ import annotations

from typing import Final, Literal

from kiosk.clock import Clock

ANONYMOUS_S: Final = 30.0
IDENTIFIED_S: Final = 60.0
ASKING_S: Final = 15.0

Step = Literal["stay", "ask", "leave"]


class IdleWatch:
    """Tells when to ask 还在吗？ and when to go."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._touched_s = clock.monotonic()

    @property
    def quiet_s(self) -> float:
        """Seconds since somebody touched or scanned."""
        return self._clock.monotonic() - self._touched_s

    def touched(self) -> None:
        """Somebody touched or scanned."""
        self._touched_s = self._clock.monotonic()

    def step(self, *, identified: bool) -> Step:
        """What to do now."""
        quiet = self.quiet_s
        patience = IDENTIFIED_S if identified else ANONYMOUS_S
        if quiet < patience:
            return "stay"
        return "ask" if quiet < patience + ASKING_S else "leave"

    def seconds_left(self, *, identified: bool) -> int:
        """Of the asking."""
        patience = IDENTIFIED_S if identified else ANONYMOUS_S
        left = patience + ASKING_S - (self._clock.monotonic() - self._touched_s)
        return max(0, min(int(ASKING_S), int(left + 0.999)))
