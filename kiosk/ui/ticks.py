"""Later, on Kivy's thread; may be called from any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from kivy.clock import Clock


class Tick(Protocol):
    """Something that will be called."""

    def cancel(self) -> None:
        """Do not call it after all."""
        ...


def later(work: Callable[[], object], after_s: float = 0.0) -> Tick:
    """Call it once, in the next frame or after so many seconds."""
    return cast("Tick", Clock.schedule_once(_without_time(work), after_s))


def every(work: Callable[[], object], period_s: float) -> Tick:
    """Call it again and again."""
    return cast("Tick", Clock.schedule_interval(_without_time(work), period_s))


def before_frame(work: Callable[[], object]) -> Callable[..., None]:
    """A trigger that calls it once before the next frame, however often it is pulled."""
    return cast("Callable[..., None]", Clock.create_trigger(_without_time(work), -1))


def _without_time(work: Callable[[], object]) -> Callable[[float], None]:
    def call(_passed_s: float) -> None:
        work()

    return call
