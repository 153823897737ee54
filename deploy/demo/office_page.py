"""The office's page, as its clerk sees it: a real browser, logged in."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page, sync_playwright

from devices.codes import format_label

from .office import USER, Office
from .processes import DemoFailed
from .words import _

CHROMIUM: Final = "/usr/bin/chromium"
_SIZE: Final = {"width": 1440, "height": 900}
_WAIT_MS: Final = 20_000


def read_office_page(office: Office, label: str, picture: Path) -> dict[str, int]:
    """Log in, read the overview's figures and the lines about one copy, keep a picture; raises DemoFailed."""
    # Chromium refuses its own sandbox to root.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
            page = browser.new_page(viewport={"width": _SIZE["width"], "height": _SIZE["height"]})
            page.set_default_timeout(_WAIT_MS)
            log_in(page, office)
            # The page follows by itself; the projector may still be at it.
            page.locator("#moves tr", has_text=format_label(label)).nth(1).wait_for()
            page.locator("#heat canvas, #heat svg").first.wait_for()
            page.screenshot(path=picture, full_page=True)
            found = _read(page, label)
            browser.close()
    except Error as cause:
        raise DemoFailed(
            _("the office's page did not show what it should: {cause}").format(cause=cause.message)
        ) from cause
    return found


def log_in(page: Page, office: Office) -> None:
    """Log in as the one account."""
    page.goto(office.url)
    page.fill("input[name=name]", USER)
    page.fill("input[name=password]", office.password)
    page.click("button[type=submit]")
    page.wait_for_selector("#figures")


def _read(page: Page, label: str) -> dict[str, int]:
    lines = page.locator("#moves tr", has_text=format_label(label))
    return {
        "visits": _figure(page, "今日人次"),
        "borrowed": _figure(page, "今日借出"),
        "returned": _figure(page, "今日归还"),
        "loan lines": lines.filter(has_text="借出").count(),
        "return lines": lines.filter(has_text="归还").count(),
    }


def _figure(page: Page, name: str) -> int:
    text = page.locator("#figures .figure", has_text=name).locator("p").inner_text()
    return int(re.sub(r"\D", "", text) or -1)
