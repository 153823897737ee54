"""The real policy in the real window: no key leads out of a call."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.browser.policy import render
from tests.calls.long.keys import KEYS, focused, press, windows, with_policies, write_policy
from tests.calls.pictures import is_blue, is_orange
from tests.calls.station import SIZE, wait_until
from tests.calls.town import Town, open_town

START = (372, 902)      # the page cannot be asked: the policy takes the debugging port as well
OWN = (270, 150)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs a mount namespace: root and unshare")
    write_policy(tmp_path, {})      # its folder must be there when the kiosk begins, its port is known afterwards
    with open_town(tmp_path, within=with_policies(tmp_path)) as town:
        write_policy(tmp_path, render(town.station.call_port))
        yield town


def is_in_call(town: Town) -> bool:
    """Seen on the screen, as whoever stands before it does."""
    return is_blue(town.station.eye.pixel(SIZE[0] // 2, 250)) and town.station.screen["screen"] == "consult_waiting"


def test_no_key_leads_out(town: Town) -> None:
    station = town.station
    station.open_window()
    wait_until(lambda: is_orange(station.eye.pixel(*OWN)), "no camera, though the policy grants it")
    station.tap_at(*START)
    town.desk.answer()
    wait_until(lambda: is_in_call(town), "no picture")
    assert station.page("1") is None, "the debugging port answers"
    display = station.display
    before = windows(display)
    assert before, "no window"
    assert focused(display) in before, "keys go elsewhere"
    for key in KEYS:
        press(display, key)
        town.desk.page.wait_for_timeout(200)
        wait_until(lambda: is_in_call(town), f"{key} leads out", 10)
        assert windows(display) == before, f"{key} opens or closes a window"
        assert focused(display) in before, f"{key} takes the focus away"
    town.desk.hang_up()
    station.shows("consult_ended")
    town.ends("talked")
    town.is_idle()
