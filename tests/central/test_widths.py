"""Every page of the menu on a phone and on a desk, beside a station with the longest name there can be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from sync.protocol.events import FaultReported, StationTested, UpdateRolledBack
from sync.protocol.events.setup import PartTested
from sync.protocol.limits import NAME_CHARS
from sync.protocol.sheets import sign_sheet
from sync.protocol.wire import Health
from sync.station.host.fake import make_bundle

from .fake_station import CHINA, FakeStation
from .live import LiveOffice, station_of

CHROMIUM = "/usr/bin/chromium"
LONG, LONG_ID = "W" * NAME_CHARS, "x" * 32
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    folder = tmp_path_factory.mktemp("office")
    with LiveOffice(folder / "office", example=True) as office:
        office.add_station(LONG_ID, LONG, "330502", LONG)
        bundle = folder / "new.raucb"
        bundle.write_bytes(make_bundle("2026.12.1", size=2_000))
        office.run("release", "add", str(bundle), "--version", "2026.12.1")
        station = station_of(office, LONG_ID)
        tell_all(station)
        deadline = time.monotonic() + 60
        while office.unprojected():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield office


def tell_all(station: FakeStation) -> None:
    """Something of everything that a station tells, so that each page has rows."""
    station.health = Health(version="2026.11.30", faults=["scanner-1:DEV-MISSING", "y" * 40, "DISK-LOW"])
    failed = StationTested(
        station=LONG_ID, tested_at=datetime.now(UTC), who="z" * 40, program="2026.12.1",
        parts=(PartTested("scanner", "failed", "SETUP-SCANNER"),), key="",
    )
    events = [
        sign_sheet(failed, station.key),
        FaultReported(report="r1", amenity="a" * 40, what="broken"),
        UpdateRolledBack(version="2026.12.1", to_version="2026.11.30", code="UPDATE-OFFICE"),
    ]
    station.sync([station.line(event, at=datetime.now(CHINA)) for event in events])


@pytest.fixture(scope="module")
def page(office: LiveOffice) -> Iterator[Page]:
    password = office.add_user("clerk")
    office.run("fleet", "allow", "clerk")
    office.run("consult", "add-doctor", "clerk", "--name", "王", "--licence", "110330500000001")
    for role in ("supervisor", "auditor"):
        office.run("consult", "role", "clerk", role)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(office.url)
        page.fill("[name=name]", "clerk")
        page.fill("[name=password]", password)
        page.click("button")
        yield page
        browser.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
def test_no_page_is_wider_than_its_window(
    page: Page, office: LiveOffice, tmp_path: Path, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(office.url)
    links = page.locator("nav.side a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(links) >= 8, "an account that may see everything"
    wider: list[str] = []
    for path in [*links, f"/fleet/station/{LONG_ID}/", "/faults/?show=all"]:
        page.goto(office.url + path)
        assert page.locator("h1").count() == 1, path
        page.screenshot(path=tmp_path / f"{path.strip('/').replace('/', '-') or 'home'}-{width}.png", full_page=True)
        if page.evaluate(WIDER):
            wider.append(path)
    assert wider == []


@pytest.mark.parametrize("do", ["reboot", "out_of_service", "roll_back"])
def test_what_people_at_the_station_notice_is_asked_about_by_keyboard_too(
    page: Page, office: LiveOffice, do: str
) -> None:
    page.goto(f"{office.url}/fleet/station/{LONG_ID}/")
    sure = page.locator(f"details:has(input[value={do}])")
    button = sure.locator("button")
    assert not button.is_visible()
    sure.locator("summary").focus()
    page.keyboard.press("Enter")
    button.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("table.fleet", has_text="等驿站来取").wait_for()
    assert office.rows(f"SELECT count(*) FROM fleet_command WHERE do = '{do}'")[0][0] == 1
