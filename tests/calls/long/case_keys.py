"""The real policy and the real window, without a window manager: keys arrive in the page, and lead nowhere else."""

from __future__ import annotations

import json
import os
import queue
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.browser.policy import render
from kiosk.consultation.browser import Area, Browser
from kiosk.consultation.page import CallPage, Said
from tests.calls.long.keys import KEYS, focused, press, windows, with_policies, write_policy
from tests.calls.station import CHROMIUM, SIZE, WAIT_S, wait_until
from tests.ports import free_port
from tests.x11 import virtual_screen

# The call page's own guard, and a count of what it guards against.
COUNTING = """import { shut } from "./screen.js";
const kiosk = new WebSocket(`ws://${location.host}${location.pathname}line`);
const tell = (kind, fields) => kiosk.send(JSON.stringify({ kind, ...fields }));
let keys = 0;
shut();
addEventListener("keydown", ({ key }) => tell("touched", { n: ++keys, code: key.slice(0, 64) }));
kiosk.onopen = () => tell("hello", {});
kiosk.onmessage = () => tell("beat", { phase: `${document.visibilityState} ${innerWidth}x${innerHeight}` });
"""
PAGE = '<!doctype html><title>keys</title><script type="module" src="counting.js"></script><body>'


class Counter:
    """The page, its window, and what it says."""

    def __init__(self, folder: Path, display: str) -> None:
        self.display = display
        self._heard: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
        (folder / "counting.html").write_text(PAGE, encoding="utf-8")
        (folder / "counting.js").write_text(COUNTING, encoding="utf-8")
        files = {"": folder / "counting.html", "counting.js": folder / "counting.js"}
        self.page = CallPage(self._heard.put, office="ws://127.0.0.1:9", files=files)
        port = free_port()
        write_policy(folder, render(port))
        self.browser = Browser([*with_policies(folder), CHROMIUM])
        self.page.open(port)
        self.browser.open(self.page.url, Area(0, 0, *SIZE))
        self.expect("hello")

    def expect(self, kind: str) -> Said:
        """The next thing of this kind; raises queue.Empty, AssertionError if the page is gone."""
        while True:
            said = self._heard.get(timeout=WAIT_S)
            assert said is not None, "the page is gone"
            if said.kind == kind:
                return said

    def hears(self) -> bool:
        """Whether a key arrives; a page that has just begun may not have the focus yet."""
        press(self.display, "c")
        with suppress(queue.Empty):
            while (said := self._heard.get(timeout=1)) is not None:
                if said.code == "c":
                    return True
        return False

    def types(self, key: str) -> Said:
        """A key that the page counts."""
        press(self.display, key)
        while (said := self.expect("touched")).code != key:
            pass
        return said

    def looks(self) -> str:
        """How it is seen, by itself."""
        self.page.say("look")
        return self.expect("beat").phase

    def close(self) -> None:
        """End both."""
        self.browser.end()
        self.page.close()


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs a mount namespace: root and unshare")
    with virtual_screen(*SIZE) as display:
        monkeypatch.setenv("DISPLAY", display)
        counter = Counter(tmp_path, display)
        yield counter
        counter.close()


def test_keys_arrive_and_lead_nowhere(counter: Counter) -> None:
    wait_until(lambda: focused(counter.display) in windows(counter.display), "keys do not go to the window")
    before, looks = windows(counter.display), counter.looks()
    assert before
    wait_until(counter.hears, "no key arrives")
    counted = counter.types("b").n
    for key in KEYS:
        press(counter.display, key)
        now = counter.types("a").n
        assert now > counted, f"after {key} the page has begun anew"
        counted = now
        assert counter.looks() == looks, f"{key} changes how it is seen"
        assert windows(counter.display) == before, f"{key} opens or closes a window"
    print(f"{len(KEYS)} keys, {counted} counted by the page, windows {before}: {json.dumps(looks)}")
