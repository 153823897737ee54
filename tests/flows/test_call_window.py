"""The real browser before the real window: what is seen, and how fast the kiosk is back when it is gone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.flows.scenes import consultation as scenes
from tests.x11 import Eye

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

CHROMIUM = ("/usr/bin/chromium",)
SIZE = (540, 960)
MIDDLE = (270, 170)      # of the worker's own picture: green as the browser's fake camera draws it


@pytest.fixture
def eye(display: str) -> Iterator[Eye]:
    looking = Eye(display)
    yield looking
    looking.close()


def is_fake_camera(colour: tuple[int, int, int]) -> bool:
    red, green, blue = colour
    return green > 90 and red < 100 and blue < 60


def seen(kiosk: Kiosk, eye: Eye) -> bool:
    """Whether the call window is in front."""
    left, top = kiosk_place()
    return is_fake_camera(eye.pixel(left + MIDDLE[0], top + MIDDLE[1]))


def kiosk_place() -> tuple[int, int]:
    from kivy.core.window import Window

    window: Any = Window
    return int(window.left), int(window.top)


@pytest.fixture
def kiosk(start: Callable[..., Kiosk], station: Path) -> Kiosk:
    kiosk = start(station, browser=CHROMIUM, size=SIZE, draws=True)
    kiosk.shows("home")
    return kiosk


def test_the_kiosk_is_in_front_of_a_browser_that_is_gone_and_of_one_that_hangs(kiosk: Kiosk, eye: Eye) -> None:
    for number in (signal.SIGTERM, signal.SIGSTOP):
        scenes.waiting(kiosk)
        kiosk.wait(lambda: seen(kiosk, eye))
        stage: Any = kiosk.app.stage
        call = stage.screen.call
        os.killpg(call.browser.pid, number)
        began_s = time.monotonic()
        kiosk.wait(lambda: kiosk.screen == "consult_failed")
        took_s = time.monotonic() - began_s
        kiosk.wait(lambda: not seen(kiosk, eye))
        print(f"in front {took_s:.2f} s after {number.name}")
        call.wait(60)
        assert not call.browser.is_alive
        assert kiosk.says("CONSULT-WINDOW")
        stage.go_home()
        kiosk.shows("home")
