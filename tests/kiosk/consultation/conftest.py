"""One call page and the office behind it, seen by a real browser without a window."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from kiosk.consultation.page import CallPage, Said
from tests.fake_desk import PATIENCE_S, FakeDesk, netloc
from tests.x11 import virtual_screen

CHROMIUM = "/usr/bin/chromium"
_FLAGS = [
    "--no-sandbox", "--use-fake-device-for-media-stream=fps=10", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


class Station:
    """The kiosk's side of a page: remembers what it said, and answers as the kiosk does."""

    def __init__(self, desk: FakeDesk, **hello: Any) -> None:
        from kiosk.consultation import words
        from tests.flows.conftest import FONTS

        self.desk = desk
        self.said: list[Said] = []
        self.faults: list[str] = []     # of the page's script
        self._heard: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
        self.page = CallPage(self._heard.put, office=f"ws://{netloc(desk.url)}", files=words.page_files(FONTS))
        self.page.open(0)
        self.hello = {**words.hello("zh_CN", fake=True), **hello}

    def expect(self, kind: str, **fields: Any) -> Said:
        """The next thing of this kind that the page says; raises queue.Empty."""
        while True:
            said = self._heard.get(timeout=PATIENCE_S)
            if said is None:
                raise AssertionError("the page is gone")
            self.said.append(said)
            if said.kind == kind and all(getattr(said, name) == value for name, value in fields.items()):
                return said

    def greet(self) -> None:
        """The page comes and is told what to show."""
        self.expect("hello")
        self.page.say("hello", **self.hello)

    def go(self) -> None:
        """The office has taken the call."""
        self.page.say(
            "go", line=f"ws://{netloc(self.desk.url)}/api/v1/consultations/line", call="C", token="T", ice=[], place=2,
            wait_s=180,
        )


@pytest.fixture(scope="module")
def screen() -> Iterator[None]:
    """A screen of our own for browsers with a window."""
    before = os.environ.get("DISPLAY")
    with virtual_screen(540, 960) as name:
        os.environ["DISPLAY"] = name
        yield
    if before is None:
        del os.environ["DISPLAY"]
    else:
        os.environ["DISPLAY"] = before


@pytest.fixture(scope="module")
def desk() -> Iterator[FakeDesk]:
    with FakeDesk() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1080, "height": 1920})
    opened.set_default_timeout(PATIENCE_S * 1_000)
    yield opened
    opened.close()


@pytest.fixture
def station(desk: FakeDesk) -> Iterator[Station]:
    made = Station(desk)
    yield made
    made.page.close()
