"""A doctor at the desk, as in `make tour`: a real browser with a drawn picture for a camera's."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page, sync_playwright

from .office import Office
from .office_page import CHROMIUM, log_in
from .processes import DemoFailed
from .words import _

ADVICE: Final = "多喝水，休息一天。再烧就到医院看。"
_SIZE: Final = {"width": 1366, "height": 768}
_WAIT_MS: Final = 60_000


class Doctor:
    """What a doctor does at the desk; every method raises DemoFailed if the desk does not follow."""

    def __init__(self, page: Page, office: Office) -> None:
        self._page = page
        self._office = office

    def come_on_duty(self) -> None:
        """Sit down at the desk."""
        log_in(self._page, self._office)
        self._page.goto(f"{self._office.url}/desk/")
        self._page.click("#duty")
        self._page.locator("#duty[aria-checked=true]").wait_for()

    def answer(self) -> None:
        """Take the call that rings, and wait for the worker's face."""
        self._page.click("#accept")
        self._page.locator("#stage").wait_for()
        self._page.locator("#cover").wait_for(state="hidden")

    def write(self, words: str) -> None:
        """Write words for the worker, and wait until they are kept."""
        self._page.fill("[name=advice]", words)
        self._page.locator("#kept", has_text="已保存").wait_for()

    def take_picture(self, path: Path) -> None:
        """What the doctor sees."""
        self._page.screenshot(path=path)

    def hang_up(self) -> None:
        """End the call."""
        self._page.click("#hang-up")
        self._page.locator("#stage").wait_for(state="hidden")


@contextmanager
def doctor_of(office: Office) -> Generator[Doctor]:
    """A doctor for the time of the block; raises DemoFailed."""
    arguments = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=15"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")    # which Chromium refuses to root
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            page = browser.new_page(viewport={"width": _SIZE["width"], "height": _SIZE["height"]})
            page.set_default_timeout(_WAIT_MS)
            yield Doctor(page, office)
            browser.close()
    except Error as cause:
        raise DemoFailed(
            _("the doctor's desk did not do what it should: {cause}").format(cause=cause.message)
        ) from cause
