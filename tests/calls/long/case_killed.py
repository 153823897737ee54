"""Something is killed in the middle of a call: within a minute everybody is somewhere sensible."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sync.protocol.events import ConsultationEnded
from tests.calls.station import wait_until
from tests.calls.town import Desk, Town, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path) as town:
        town.talk()
        yield town


def outcome(town: Town) -> str:
    """What the journal says of the newest call."""
    call = town.record().call
    ended = wait_until(
        lambda: next((e for e in town.station.events() if isinstance(e, ConsultationEnded) and e.call == call), None),
        "the journal",
    )
    return str(ended.how)


def kill_desk(town: Town) -> None:
    """The doctor's whole browser."""
    desks = [
        one for one in psutil.Process().children(recursive=True)
        if one.name().startswith("chrom") and "--headless" in " ".join(one.cmdline())
    ]
    for one in desks:
        one.kill()
    psutil.wait_procs(desks, 60)


def test_the_kiosks_browser(town: Town) -> None:
    os.kill(town.station.screen["browser"], signal.SIGKILL)
    town.station.shows("consult_failed")
    town.ends("lost", 10)
    town.is_idle()
    assert outcome(town) == "crashed"


def test_the_desk_and_the_doctor_comes_back(town: Town) -> None:
    call = town.record().call
    kill_desk(town)
    town.desk = Desk(town.launch(), town.office, town.desk.cookie)
    town.desk.page.goto(f"{town.office.url}/desk/")
    began_s = time.monotonic()
    town.both_see()
    print(f"both see each other again {time.monotonic() - began_s:.1f} s after the desk was opened anew")
    town.desk.hang_up()
    assert town.ends("talked").call == call
    assert outcome(town) == "talked"
    town.is_idle()
    town.desk.browser.close()


def test_the_desk_for_good(town: Town) -> None:
    kill_desk(town)
    began_s = time.monotonic()
    town.station.shows("consult_failed", 75)
    assert "CONSULT-LOST" in town.station.screen["words"]
    print(f"the worker was told after {time.monotonic() - began_s:.1f} s")
    town.ends("doctor-lost")
    assert outcome(town) == "no-line"
    wait_until(town.station.is_clean, "something is left")


def test_the_office(town: Town) -> None:
    call = town.record().call
    town.office.kill()
    time.sleep(3)
    town.office.start()
    began_s = time.monotonic()
    wait_until(lambda: town.desk.page.locator("#lost").is_hidden(), "the desk's line")
    town.both_see()
    print(f"both see each other {time.monotonic() - began_s:.1f} s after the office came back")
    assert (town.record().call, town.record().state) == (call, "talking")
    town.desk.hang_up()
    town.station.shows("consult_ended")
    town.ends("talked")
    assert outcome(town) == "talked"
    town.is_idle()


def test_the_kiosk(town: Town) -> None:
    browsers = town.station.browsers()
    town.station.kill_kiosk()
    wait_until(lambda: not any(one.is_running() for one in browsers), "the call window outlives its kiosk")
    town.station.start_kiosk()
    assert not any(profile.exists() for profile in town.station.profiles)
    assert outcome(town) == "power"
    town.ends("lost", 75)
    town.is_idle()
