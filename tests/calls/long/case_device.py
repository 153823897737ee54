"""The station's camera is pulled out in a call, and plugged in again or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.events import ConsultationEnded
from tests.calls.pictures import is_orange
from tests.calls.station import wait_until
from tests.calls.town import Town, open_town

PULL = """(() => { const [track] = document.getElementById("own").srcObject.getVideoTracks();
  track.stop(); track.dispatchEvent(new Event("ended")); return true; })()"""
NEVER_AGAIN = """(() => { navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("gone", "NotFoundError"); }; return true; })()"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path) as town:
        town.talk()
        yield town


def test_a_camera_that_is_plugged_in_again_is_seen_again(town: Town) -> None:
    assert town.station.page(PULL)
    town.both_see()
    wait_until(lambda: is_orange(town.desk.colour()), "not the worker's picture")
    town.desk.hang_up()
    town.ends("talked")
    town.is_idle()


def test_a_camera_that_stays_away_ends_the_call_and_says_so(town: Town) -> None:
    assert town.station.page(NEVER_AGAIN)
    assert town.station.page(PULL)
    town.station.shows("consult_failed")
    assert "CONSULT-CAMERA" in town.station.screen["words"]
    town.ends("lost")
    ended = wait_until(
        lambda: next((one for one in town.station.events() if isinstance(one, ConsultationEnded)), None), "the journal"
    )
    assert ended.how == "no-camera"
    town.is_idle()
