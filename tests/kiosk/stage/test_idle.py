from __future__ import annotations

from kiosk.clock import FakeClock
from kiosk.stage.idle import IdleWatch


def test_anonymous_is_asked_after_thirty_seconds_and_left_after_fifteen_more() -> None:
    clock = FakeClock()
    watch = IdleWatch(clock)
    clock.move(29.9)
    assert watch.step(identified=False) == "stay"
    clock.move(0.1)
    assert watch.step(identified=False) == "ask"
    assert watch.seconds_left(identified=False) == 15
    clock.move(14.5)
    assert watch.seconds_left(identified=False) == 1
    clock.move(0.5)
    assert watch.step(identified=False) == "leave"


def test_identified_has_a_minute() -> None:
    clock = FakeClock()
    watch = IdleWatch(clock)
    clock.move(59)
    assert watch.step(identified=True) == "stay"
    clock.move(1)
    assert watch.step(identified=True) == "ask"


def test_a_touch_begins_anew() -> None:
    clock = FakeClock()
    watch = IdleWatch(clock)
    clock.move(40)
    watch.touched()
    assert watch.step(identified=False) == "stay"
