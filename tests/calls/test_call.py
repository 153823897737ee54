"""A call from the tap on the door to the stars, with nothing faked but the two cameras."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sync.protocol.events import ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated

from .pictures import is_blue, is_orange
from .station import wait_until
from .town import ADVICE, DOCTOR, Town, open_town

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("SHOTS")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as town:
        yield town


def shoot(town: Town, name: str) -> None:
    """For somebody who wants to see: SHOTS=folder."""
    if SHOTS:
        town.station.picture(Path(SHOTS) / f"e2e-{name}-kiosk.png")
        town.desk.page.screenshot(path=Path(SHOTS) / f"e2e-{name}-desk.png")


def test_both_see_each_other_and_all_say_the_same(town: Town) -> None:
    station, desk = town.station, town.desk
    station.to_mirror()
    wait_until(lambda: is_orange(station.colour("own")), "no own picture")
    shoot(town, "mirror")
    station.tap_page("start")
    expect(desk.page.locator("#ring")).to_contain_text("头痛")
    shoot(town, "ring")
    desk.answer()
    town.both_see()
    wait_until(lambda: is_blue(station.colour("doctor")), "not the doctor's picture")
    wait_until(lambda: is_orange(desk.colour()), "not the worker's picture")
    assert is_orange(station.colour("own"))
    assert is_blue(desk.colour("own"))
    assert DOCTOR in str(station.page("document.body.innerText"))
    wait_until(lambda: is_blue(station.eye.pixel(270, 250)), "the doctor's picture is not on the screen")
    desk.page.fill("[name=advice]", ADVICE)
    expect(desk.page.locator("#kept")).to_contain_text("已保存")
    shoot(town, "call")
    desk.hang_up()
    station.shows("consult_ended")
    wait_until(lambda: ADVICE in station.screen["words"].replace("\n", ""), "no advice")
    assert station.screen["share"].startswith(town.office.url)
    shoot(town, "ended")
    station.tap("star 4")
    wait_until(lambda: "谢谢" in station.screen["words"], "no thanks")
    record = town.ends("talked")
    asked, connected, ended, rated = wait_until(
        lambda: len(found := [event for event in station.events() if event.call == record.call]) == 4 and found,
        "the journal",
    )       # of this call: whichever test was first, there may be others
    assert isinstance(asked, ConsultationAsked)
    assert isinstance(connected, ConsultationConnected)
    assert isinstance(ended, ConsultationEnded)
    assert rated == ConsultationRated(call=record.call, stars=4)
    assert (asked.call, connected.call) == (record.call, record.call)
    assert (ended.call, ended.how) == (record.call, "talked")
    assert (ended.waited_s, ended.talked_s) == (record.waited_s, record.talked_s)
    stars = "SELECT stars FROM consult_consultation WHERE call = ?"
    wait_until(lambda: town.office.rows(stars, record.call)[0][0] == 4, "the office was not told the stars")
    town.is_idle()
    assert desk.complaints == []
    station.tap("完成")


def test_a_killed_browser_ends_the_call_on_both_sides(town: Town) -> None:
    station = town.station
    station.shows("home")
    town.talk()
    os.kill(station.screen["browser"], signal.SIGKILL)
    began_s = time.monotonic()
    station.shows("consult_failed")
    wait_until(lambda: not is_blue(station.eye.pixel(270, 250)), "the kiosk is not in front")
    print(f"in front after {time.monotonic() - began_s:.2f} s")
    assert "CONSULT-WINDOW" in station.screen["words"]
    shoot(town, "killed")
    record = town.ends("lost")
    ended = wait_until(lambda: next((e for e in station.events() if isinstance(e, ConsultationEnded)
                                     and e.call == record.call), None), "the journal")
    assert ended.how == "crashed"
    town.is_idle()
