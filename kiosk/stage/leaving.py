"""When a screen is left by itself: its countdown, or nobody there."""

from __future__ import annotations

from kiosk.clock import Clock
from kiosk.ui.frame import Frame

from .base import KioskScreen
from .idle import IdleWatch


class Leaving:
    """Counts down what is shown, and asks whether somebody is there."""

    def __init__(self, clock: Clock, frame: Frame) -> None:
        self._clock = clock
        self._frame = frame
        self._idle = IdleWatch(clock)
        self._shown_s = 0.0

    @property
    def quiet_s(self) -> float:
        """Seconds since somebody was here, or since another screen was shown."""
        return self._idle.quiet_s

    def is_here(self) -> None:
        """Somebody is here."""
        self._idle.touched()
        self._frame.ask_no_more()

    def restart(self, screen: KioskScreen | None) -> None:
        """Give a result card its full time."""
        self._shown_s = self._clock.monotonic()
        if screen is not None and screen.leaves_after_s:
            screen.count(int(screen.leaves_after_s))

    def is_over(self, screen: KioskScreen, *, identified: bool) -> bool:
        """Whether the screen is to be left; until then it counts, or asks."""
        if screen.is_held:
            self._idle.touched()
            return False
        if screen.leaves_after_s:
            left = screen.leaves_after_s - (self._clock.monotonic() - self._shown_s)
            if left > 0:
                screen.count(int(left + 0.999))
            return left <= 0
        step = self._idle.step(identified=identified)
        if step == "ask":
            self._frame.ask(self._idle.seconds_left(identified=identified))
        return step == "leave"
