"""An office that serves, a station and a doctor: one call between them with nothing faked but the cameras."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.central.calls import add_doctors
from tests.central.live import LiveOffice
from tests.x11 import virtual_screen

from .pictures import BLUE, ORANGE, make_picture
from .scripts import COLOUR, DECODED, remember_peers
from .station import CHROMIUM, SIZE, STATION, WAIT_S, Station, wait_until

DOCTOR = "王晓云"
ADVICE = "是着凉了，多喝热水，三天不好再来。"


class Record(NamedTuple):
    """What the office keeps of a call, in whole seconds."""

    call: str
    state: str
    ending: str
    waited_s: int
    talked_s: int


class Desk:
    """A doctor at a desk, in a browser of their own."""

    def __init__(self, browser: Browser, office: LiveOffice, cookie: str, *, relay_only: bool = False) -> None:
        self.browser = browser
        self.cookie = cookie
        self.context: BrowserContext = browser.new_context(viewport={"width": 1366, "height": 768})
        name, _, value = cookie.partition("=")
        self.context.add_cookies([{"name": name, "value": value, "url": office.url}])
        self.context.add_init_script(remember_peers(relay_only=relay_only))
        self.page: Page = self.context.new_page()
        self._office = office
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))

    def on_duty(self) -> None:
        """Sit down."""
        self.page.goto(f"{self._office.url}/desk/")
        self.page.keyboard.press("Alt+s")
        expect(self.page.locator("#duty")).to_contain_text("正在上班")

    def answer(self) -> None:
        """Take the call that rings."""
        expect(self.page.locator("#ring")).to_be_visible()
        self.page.keyboard.press("Alt+j")

    def hang_up(self) -> None:
        """End the call."""
        self.page.keyboard.press("Alt+g")

    def ready(self) -> None:
        """The notes are written, and the next one may ring; if there was a talk."""
        if not self.page.locator("#pause").is_visible():
            return
        self.page.keyboard.press("Alt+w")
        expect(self.page.locator("#pause")).to_be_hidden()

    def decoded(self) -> int:
        """Pictures of the worker that were decoded."""
        return int(self.page.evaluate(DECODED))

    def colour(self, video: str = "remote") -> list[int] | None:
        """What a video of the desk shows."""
        found: list[int] | None = self.page.evaluate(COLOUR, video)
        return found

    def close(self) -> None:
        """Go home."""
        self.context.close()


class Town:
    """All of it."""

    def __init__(self, office: LiveOffice, station: Station, desk: Desk, launch: Callable[[], Browser]) -> None:
        self.office, self.station, self.desk = office, station, desk
        self.launch = launch

    def talk(self) -> None:
        """From home to both faces."""
        self.station.ask_for_a_doctor()
        self.desk.answer()
        self.both_see()

    def both_see(self, timeout_s: float = WAIT_S) -> None:
        """Wait until pictures are decoded on both sides, from now on."""
        before = self.station.decoded(), self.desk.decoded()
        # A new connection counts from nothing.
        wait_until(lambda: self._is_more(self.station.decoded(), before[0]), "no doctor at the station", timeout_s)
        wait_until(lambda: self._is_more(self.desk.decoded(), before[1]), "no worker at the desk", timeout_s)

    def record(self) -> Record:
        """The newest consultation as the office has it."""
        sql = "SELECT call, state, ending, asked_at, accepted_at, ended_at FROM consult_consultation"
        rows = self.office.rows(f"{sql} ORDER BY asked_at DESC LIMIT 1")
        if not rows:
            return Record("", "", "", 0, 0)
        call, state, ending, asked, accepted, ended = rows[0]
        return Record(call, state, ending, _seconds(asked, accepted or ended), _seconds(accepted, ended))

    def ends(self, ending: str, timeout_s: float = WAIT_S) -> Record:
        """Wait until the newest consultation has ended so."""
        wait_until(lambda: self.record().ending == ending, f"{self.record()} is not {ending}", timeout_s)
        return self.record()

    def is_idle(self) -> None:
        """Wait until the desk is free, and nothing of the call is left at the station."""
        expect(self.desk.page.locator("#stage")).to_be_hidden(timeout=WAIT_S * 1_000)
        self.desk.ready()
        wait_until(self.station.is_clean, f"{self.station.browsers()} are left")

    @staticmethod
    def _is_more(now: int, before: int) -> bool:
        return now > before + 5 or 5 < now < before


def _seconds(begin: Any, end: Any) -> int:
    from datetime import datetime

    if begin is None or end is None:
        return 0
    began, ended = (datetime.fromisoformat(str(each)) for each in (begin, end))
    return round((ended - began).total_seconds())


def launcher(playwright: Playwright, picture: Path) -> Callable[[], Browser]:
    """Opens doctors' browsers."""
    arguments = [
        "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={picture}", "--autoplay-policy=no-user-gesture-required",
    ]
    return lambda: playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


@contextmanager
def open_town(
    folder: Path, *, within: Sequence[str] = (), host: str = "", settings: dict[str, str] | None = None,
    before: Callable[[LiveOffice], Any] = lambda _office: None, relay_only: bool = False,
) -> Generator[Town]:
    """A town where the doctor sits at the desk and the station is at home; `before` lays the line to the station."""
    with ExitStack() as stack:
        office = LiveOffice(folder / "office", host=host or "127.0.0.1", settings=settings)
        office.add_station(STATION)
        office.run("station", "service", STATION, "consultation")
        cookie = add_doctors(office, DOCTOR)[0]
        stack.enter_context(office)
        before(office)
        display = stack.enter_context(virtual_screen(*SIZE))
        station = Station(folder / "station", display, make_picture(folder / "worker.y4m", ORANGE), within)
        stack.callback(station.close)
        station.enrol(office.url, office.make_code(STATION))
        station.start()
        playwright = stack.enter_context(sync_playwright())
        expect.set_options(timeout=WAIT_S * 1_000)
        launch = launcher(playwright, make_picture(folder / "doctor.y4m", BLUE))
        browser = launch()
        stack.callback(browser.close)
        station.relay_only = relay_only
        desk = Desk(browser, office, cookie, relay_only=relay_only)
        desk.on_duty()
        try:
            yield Town(office, station, desk, launch)
        except Exception:
            print(station.log()[-3_000:])
            raise
