"""The real browser as a child: killed, hung or left alone, nothing of it stays and the kiosk is told at once."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.consultation import words
from kiosk.consultation.browser import Area, Browser
from kiosk.consultation.call import Call
from kiosk.consultation.errors import DiskTooFull, WindowCrashed
from kiosk.consultation.plan import CallPlan, Ended, News, Over, Phase
from sync.station.exchange.calls import CallOffice
from tests.fake_desk import PATIENCE_S, wait_for
from tests.flows.conftest import FONTS
from tests.published import IDENTITY

CHROMIUM = ("/usr/bin/chromium",)
AREA = Area(0, 0, 540, 960)
pytestmark = pytest.mark.usefixtures("screen")


class Watcher:
    """A call in a real window, and what it tells."""

    def __init__(self, folder: Path) -> None:
        self.told: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.told_s: dict[type, float] = {}
        plan = CallPlan(
            "C", CallOffice(IDENTITY, folder), "zh_CN", (), CHROMIUM, 0, fake_camera=True,
            hello=words.hello("zh_CN", fake=True), files=words.page_files(FONTS),
        )
        self.call = Call(plan, AREA, self._tell)
        self.call.begin()

    def expect(self, kind: type) -> News:
        while True:
            news = self.told.get(timeout=PATIENCE_S)
            if isinstance(news, kind):
                return news

    def _tell(self, news: News) -> None:
        self.told_s[type(news)] = time.monotonic()
        self.told.put(news)
        if isinstance(news, Over):
            self.call.in_front()


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    running = Watcher(tmp_path)
    running.expect(Phase)
    yield running
    running.call.leave()
    running.call.wait(PATIENCE_S)
    assert not running.call.browser.is_alive


def family(pid: int) -> list[int]:
    """The processes of the browser's session."""
    found = subprocess.run(["ps", "-o", "pid=", "-s", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_a_killed_browser_is_told_and_leaves_nothing(watcher: Watcher) -> None:
    browser = watcher.call.browser
    pid, profile = browser.pid, browser.profile
    assert profile
    assert profile.exists()
    assert len(family(pid)) > 3
    os.kill(pid, signal.SIGKILL)
    over = watcher.expect(Over)
    assert isinstance(over, Over)
    assert isinstance(over.error, WindowCrashed)
    watcher.expect(Ended)
    assert not profile.exists()
    wait_for(lambda: not family(pid))


def test_a_hung_page_is_told_though_its_process_lives(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = watcher.call.browser.pid
    monkeypatch.setattr("kiosk.consultation.call.HUNG_S", 2.5)      # longer than a beat, still
    for each in family(pid):
        os.kill(each, signal.SIGSTOP)
    over = watcher.expect(Over)
    assert isinstance(over, Over)
    assert isinstance(over.error, WindowCrashed)
    watcher.expect(Ended)
    wait_for(lambda: not family(pid))


def test_who_leaves_gets_the_kiosk_first_and_then_nothing_is_left(watcher: Watcher) -> None:
    browser = watcher.call.browser
    pid, profile = browser.pid, browser.profile
    assert profile
    subprocess.run([sys.executable, "-c", "from kiosk.consultation.browser import sweep; sweep()"], check=True)
    assert profile.exists(), "another kiosk that starts has swept it"
    watcher.call.leave()
    over = watcher.expect(Over)
    assert over == Over(None, was_connected=False)
    watcher.expect(Ended)
    wait_for(lambda: not family(pid))
    assert not profile.exists()
    assert watcher.told_s[Over] < watcher.told_s[Ended]


def test_it_dies_with_a_kiosk_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from kiosk.consultation.browser import Area, Browser; browser = Browser(sys.argv[1:]);"
        "browser.open('about:blank', Area(0, 0, 540, 960)); print(browser.pid, browser.profile, flush=True);"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, *CHROMIUM], stdout=subprocess.PIPE, text=True) as kiosk:
        assert kiosk.stdout
        pid, profile = kiosk.stdout.readline().split()
        wait_for(lambda: len(family(int(pid))) > 3)
        kiosk.kill()
    wait_for(lambda: not family(int(pid)))
    from kiosk.consultation.browser import sweep

    sweep()
    assert not Path(profile).exists()


def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    browser = Browser(("/nowhere/chromium",))
    with pytest.raises(WindowCrashed, match="CONSULT-WINDOW"):
        browser.open("about:blank", AREA)
    assert browser.profile is None


def test_without_room_for_its_profile_it_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.consultation.browser._ROOM_BYTES", 2**60)
    with pytest.raises(DiskTooFull):
        Browser(CHROMIUM).open("about:blank", AREA)
