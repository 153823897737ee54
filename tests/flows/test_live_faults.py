"""From a tap at the screen to the office's page and back: a real office, a real agent, a kiosk."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from sync.protocol.documents import Fault, StationSettings
from sync.station.store import Store
from tests.central.live import LiveOffice
from tests.flows.scenes.faults import MICROWAVE
from tests.published import STATION
from tests.sync.two_processes.waiting import wait_until

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

OPEN = "已报修，处理中"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path / "office", example=True) as office:
        yield office


@pytest.fixture
def folder(office: LiveOffice, tmp_path: Path) -> Iterator[Path]:
    """An enrolled station's folder, with an agent that goes on exchanging."""
    folder, agent = tmp_path / "station", [sys.executable, "-m", "sync.station"]
    at_it = ["--data", str(folder)]
    code = office.make_code(STATION)
    subprocess.run([*agent, "enrol", *at_it, "--office", office.url, code], check=True, capture_output=True)
    running = subprocess.Popen(
        [*agent, "run", "--now", *at_it], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    store = Store.open(folder / "station.db")
    wait_until(lambda: store.documents.find(StationSettings, STATION) is not None, "the settings came")
    store.close()
    yield folder
    running.terminate()
    running.wait(60)


class Clerk:
    """A browser of somebody at the office."""

    def __init__(self, office: LiveOffice) -> None:
        self._url = office.url
        self._session = requests.Session()
        password = office.add_user("clerk")
        self._post("/login/", "/login/", name="clerk", password=password)

    def page(self) -> str:
        """The words of the page of faults."""
        return " ".join(re.sub(r"<[^>]+>", " ", self._get("/faults/")).split())

    def press(self, kind: str) -> None:
        """Press this button of the only fault."""
        [path] = re.findall(rf'action="(/faults/\d+/{kind})"', self._get("/faults/"))
        self._post("/faults/", path)

    def close(self) -> None:
        self._session.close()

    def _get(self, path: str) -> str:
        return self._session.get(self._url + path, timeout=60).text

    def _post(self, page: str, path: str, **form: str) -> None:
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self._get(page))
        form["csrfmiddlewaretoken"] = token
        self._session.post(self._url + path, data=form, timeout=60).raise_for_status()


def looks(kiosk: Kiosk) -> str:
    """What the amenities say now."""
    return kiosk.pass_time(2).tap("WiFi 设施").words()


@pytest.mark.slow
def test_reported_at_the_screen_closed_at_the_office_and_the_screen_is_as_before(
    start: Callable[..., Kiosk], office: LiveOffice, folder: Path
) -> None:
    clerk = Clerk(office)
    kiosk = start(folder)
    assert kiosk.shows("home")
    kiosk.tap("WiFi 设施").tap(MICROWAVE).tap("坏了")
    assert kiosk.says("谢谢，已报修")
    wait_until(lambda: f"{MICROWAVE} 坏了 1 人报修 没人接手" in clerk.page(), "the report is on the page")
    clerk.press("take")
    wait_until(lambda: bool(kiosk.store.documents.all(Fault)), "the station was told")
    assert OPEN in looks(kiosk)
    clerk.press("close")
    assert "没有要修的" in clerk.page()
    wait_until(lambda: kiosk.store.documents.all(Fault)[0].state == "closed", "the station was told that it is mended")
    wait_until(lambda: OPEN not in looks(kiosk), "the screen says so")
    clerk.close()
