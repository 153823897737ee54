"""The station's camera is pulled out in a call, and plugged in again or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sync.protocol.events import ConsultationEnded
from tests.calls.pictures import is_orange
from tests.calls.scripts import HEARD
from tests.calls.station import wait_until
from tests.calls.town import Town, open_town

PULL = """((kind) => { const [track] = document.getElementById("own").srcObject.getTracks()
  .filter((one) => one.kind === kind); track.stop(); track.dispatchEvent(new Event("ended")); return true; })"""
NEVER_AGAIN = """(() => { navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("gone", "NotFoundError"); }; return true; })()"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path) as town:
        town.talk()
        yield town


def pull(town: Town, kind: str) -> None:
    assert town.station.page(f'{PULL}("{kind}")')


def test_a_camera_that_is_plugged_in_again_is_seen_again(town: Town) -> None:
    pull(town, "video")
    town.both_see()
    wait_until(lambda: is_orange(town.desk.colour()), "not the worker's picture")
    town.desk.hang_up()
    town.ends("talked")
    town.is_idle()


def test_a_camera_that_stays_away_leaves_the_voice_and_a_microphone_ends_the_call(town: Town) -> None:
    assert town.station.page(NEVER_AGAIN)
    pull(town, "video")
    expect(town.desk.page.locator("#chip")).to_have_text("工友的摄像头断了，只有声音")
    assert "摄像头断了，只有声音" in town.station.page("document.getElementById('chip').innerText")
    heard = int(town.desk.page.evaluate(HEARD))
    wait_until(lambda: int(town.desk.page.evaluate(HEARD)) > heard, "the worker's voice is gone too")
    assert town.record().state == "talking"
    pull(town, "audio")
    town.station.shows("consult_failed")
    assert "CONSULT-CAMERA" in town.station.screen["words"]
    town.ends("lost")
    ended = wait_until(
        lambda: next((one for one in town.station.events() if isinstance(one, ConsultationEnded)), None), "the journal"
    )
    assert ended.how == "no-camera"
    town.is_idle()
