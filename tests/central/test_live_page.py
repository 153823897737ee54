"""The overview as staff have it: in a browser, beside an office that serves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from devices.codes import make_label
from sync.protocol.events import BookBorrowed, CheckedIn

from .fake_station import CHINA
from .live import LiveOffice, station_of

CHROMIUM = "/usr/bin/chromium"
VENDOR = Path(__file__).resolve().parents[2] / "sync/central/static/vendor"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path / "office", example=True) as office:
        yield office


@pytest.mark.slow
def test_the_page_in_a_browser_follows_what_happens(office: LiveOffice, tmp_path: Path) -> None:
    if not (VENDOR / "echarts.min.js").exists():
        pytest.fail("run sync/central/assets/build.sh first")
    station = station_of(office, "330211-01")
    password = office.add_user("clerk")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto(office.url)
        page.fill("[name=name]", "clerk")
        page.fill("[name=password]", password)
        page.click("button")
        expect(page.locator("#heat canvas")).to_be_visible()
        now = datetime.now(CHINA)
        station.sync([
            station.line(CheckedIn(checkin="a", trade="courier"), at=now),
            station.line(BookBorrowed(label=make_label(2), due_on=date(2026, 12, 23)), at=now),
        ])
        expect(page.locator("#moves")).to_contain_text("镇海", timeout=60_000)
        expect(page.locator("#figures")).to_contain_text("今日借出1")
        page.locator("#heat + details summary").click()
        expect(page.locator("#heat-table")).to_contain_text("快递")
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        for width, height in ((1440, 900), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            assert not page.evaluate(overflow)
            page.screenshot(path=tmp_path / f"office-{width}.png")
        assert complaints == []
        office.stop()
        expect(page.locator("#lost")).to_be_visible(timeout=60_000)
        office.start()
        expect(page.locator("#lost")).to_be_hidden(timeout=60_000)
        page.context.clear_cookies()
        expect(page.locator("[name=password]")).to_be_visible(timeout=60_000)
        browser.close()
