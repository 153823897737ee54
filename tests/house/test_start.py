"""What the screen loads before a worker can use it; its start is as quick as what it leaves out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.flows.conftest import FONTS, enrol
from tests.x11 import virtual_screen

ROOT = Path(__file__).resolve().parents[2]
_DEADLINE_S = 60.0
DOOR = "借书"
# Of the first call, the enrolment and the pass sheet.
LATER = {"cryptography", "http_message_signatures", "requests", "segno", "urllib3", "websockets"}


def loaded(said: str) -> set[str]:
    """The modules that `python -X importtime` has told of."""
    return set(re.findall(r"^import time:.*\| +(\S+)$", said, re.MULTILINE))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_a_station_shows_home_without_the_network(tmp_path: Path) -> None:
    station, words, told = tmp_path / "station", tmp_path / "words", tmp_path / "told"
    station.mkdir()
    enrol(station)
    arguments = ["--data", station, "--size", "540x960", "--fonts", FONTS.resolve(), "--demo-words", words]
    with virtual_screen(540, 960) as display, told.open("wb") as errors, subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "kiosk", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "DISPLAY": display}, stdout=subprocess.DEVNULL, stderr=errors,
    ) as kiosk:
        deadline = time.monotonic() + _DEADLINE_S
        while not (words.exists() and DOOR in words.read_text("utf-8")):
            assert kiosk.poll() is None, told.read_text("utf-8")[-2000:]
            assert time.monotonic() < deadline, "home was not shown"
            time.sleep(0.1)
        modules = loaded(told.read_text("utf-8"))
        kiosk.terminate()
    assert {"kivy.core.window", "kiosk.home.home", "sqlite_utils"} <= modules
    assert {"kiosk.consultation.service", "kiosk.setup.service"} <= modules
    assert packages(modules) & LATER == set()


def test_it_is_these_that_a_call_an_enrolment_and_a_sheet_bring() -> None:
    wanted = "kiosk.consultation.call, sync.station.exchange.enrol, segno"
    brought = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {wanted}"],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, check=True, timeout=_DEADLINE_S,
    )
    assert packages(loaded(brought.stderr)) >= LATER
