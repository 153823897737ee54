"""The real policy in the real window: no key leads out of a call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.browser.policy import render
from tests.calls.pictures import is_blue, is_orange
from tests.calls.station import SIZE, wait_until
from tests.calls.town import Town, open_town

KEYS = (
    "ctrl+l", "alt+d", "F6", "ctrl+t", "ctrl+n", "ctrl+shift+n", "F12", "ctrl+shift+i", "ctrl+shift+j", "ctrl+u",
    "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+j", "ctrl+h", "ctrl+shift+Delete", "F11", "F1", "alt+f", "alt+Home",
    "shift+Escape", "ctrl+shift+o", "F5", "Escape",
)
START = (372, 902)      # the page cannot be asked: the policy takes the debugging port as well
OWN = (270, 150)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs a mount namespace: root and unshare")
    managed = tmp_path / "policies/managed"
    managed.mkdir(parents=True)

    mount = f'mkdir -p /etc/chromium/policies && mount --bind {tmp_path}/policies /etc/chromium/policies && exec "$@"'
    with open_town(tmp_path, within=["unshare", "-m", "sh", "-c", mount, "sh"]) as town:
        policy = json.dumps(render(town.station.call_port))
        (managed / "yizhan.json").write_text(policy, encoding="utf-8")
        yield town


def is_in_call(town: Town) -> bool:
    """Seen on the screen, as whoever stands before it does."""
    return is_blue(town.station.eye.pixel(SIZE[0] // 2, 250)) and town.station.screen["screen"] == "consult_waiting"


def windows(town: Town) -> int:
    """How many windows of the browser are on the display."""
    command = ["xdotool", "search", "--onlyvisible", "--class", "chromium"]
    env = {**os.environ, "DISPLAY": town.station.display}
    return len(subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout.split())


def press(town: Town, key: str) -> None:
    subprocess.run(["xdotool", "key", key], env={**os.environ, "DISPLAY": town.station.display}, check=True)
    town.desk.page.wait_for_timeout(400)


def test_no_key_leads_out(town: Town) -> None:
    station = town.station
    station.open_window()
    wait_until(lambda: is_orange(station.eye.pixel(*OWN)), "no camera, though the policy grants it")
    station.tap_at(*START)
    town.desk.answer()
    wait_until(lambda: is_in_call(town), "no picture")
    assert station.page("1") is None, "the debugging port answers"
    before = windows(town)
    for key in KEYS:
        press(town, key)
        wait_until(lambda: is_in_call(town), f"{key} leads out", 10)
        assert windows(town) == before, f"{key} opened a window"
    press(town, "ctrl+w")
    wait_until(lambda: is_in_call(town) or station.screen["screen"] == "consult_failed", "neither call nor kiosk", 10)
    if is_in_call(town):
        town.desk.hang_up()
        station.shows("consult_ended")
    wait_until(lambda: town.record().state == "ended", "the call goes on")
    town.is_idle()
