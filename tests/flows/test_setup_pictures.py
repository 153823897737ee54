"""Every screen of set-up in every orientation and both languages, as a picture, and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.setup.enrolment import EnrolmentService
from kiosk.setup.errors import ScannerSilent, SpeakerSilent, TouchAstray
from kiosk.setup.service import SetupService
from kiosk.stage.checks import Outcome
from kiosk.ui.words import use_language
from sync.protocol.enrolment import make_qr_text
from sync.station.facts import PassedTest, Standing, StickUpdate
from sync.station.host.fake import FakeHost
from tests.flows.scenes.setup import with_parts
from tests.flows.test_pictures import OUT, SIZES

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

LANGUAGES = ("zh_CN", "en")
CALL = {
    "camera": Outcome("works", "30 张画面，720 行"), "microphone": Outcome("works", "音量 12%"),
    "loopback": Outcome("fails", "传回 0 张画面", "CONSULT-LOOP", "请看看网卡和防火墙，再试一次"),
    "relay": Outcome("absent", "总工会没有设中转服务器"),
}
DEAD_OFFICE = "http://127.0.0.1:9"
Scene = Callable[["Kiosk"], object]


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    yield
    use_language("zh_CN")


def press(kiosk: Kiosk, text: str) -> None:
    for sign in text:
        kiosk.tap_key(sign)


def site_file_wrong(kiosk: Kiosk) -> None:
    host = kiosk.app.stage.service(EnrolmentService)._site.host
    machine = host.machine
    machine.site_faults = (
        "wifi.passwrd: unknown, did you mean 'password'? (at line 12)",
        "network.address = '192.0.2.20': expected an address with its prefix, such as \"192.0.2.20/24\" (at line 6)",
    )
    host._keep(machine)
    kiosk.clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    kiosk.app.stage.show("setup_code")
    kiosk.app.stage.show("setup_begin")
    kiosk.settle()
    assert kiosk.says("SITE-FILE")


def clock(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_clock")
    press(kiosk.settle(), "20261201")


def clock_of_no_day(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_clock")
    press(kiosk.settle(), "202602300830")


def begin(kiosk: Kiosk) -> None:
    kiosk.settle()


def refused(kiosk: Kiosk) -> None:
    kiosk.scan(make_qr_text(DEAD_OFFICE, "7KQ2M9XW4F"))


def clock_behind(kiosk: Kiosk) -> None:
    kiosk.clock.set(datetime(2000, 1, 1, tzinfo=UTC))
    kiosk.app.stage.show("setup_code")
    kiosk.app.stage.show("setup_begin")
    kiosk.settle()


def code(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_code")
    press(kiosk.settle(), "7KQ2M9XW4F")


def code_with_a_slip(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_code")
    press(kiosk.settle(), "7KQ2M9XW4G")


def office(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_office")
    press(kiosk.settle(), "yizhan.zonggonghui.example:8443")


def in_test(kiosk: Kiosk) -> None:
    kiosk.settle()


def office_reached(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), boot=kiosk.clock.boot_time().boot))
    kiosk.wait(lambda: "loopback" in kiosk.app.stage.screen._rows)
    kiosk.settle()


def parts_failed(kiosk: Kiosk) -> None:
    tests = kiosk.app.stage.service(SetupService)
    codes = {"touch": "SETUP-TOUCH", "scanner": "SETUP-SCANNER", "loudspeaker": "SETUP-SOUND"}
    steps = {"touch": TouchAstray.next_step, "scanner": ScannerSilent.next_step, "loudspeaker": SpeakerSilent.next_step}
    failed = {part: Outcome("fails", "", code, steps[part]) for part, code in codes.items()}
    screen = kiosk.app.stage.screen
    screen._came_out(failed | {"watchdog": Outcome("works", "i6300esb")})
    tests.who = "WANG8"
    screen._waive("loudspeaker")
    assert kiosk.says("CONSULT-LOOP")
    kiosk.settle()


def name(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_name")
    press(kiosk.settle(), "ZHANGSAN-0087")


def corners(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_corners")
    kiosk.settle()


def sheet_not_passed(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_test")
    kiosk.settle()
    kiosk.app.stage.screen.finish()
    kiosk.shows("setup_sheet")
    kiosk.settle()


def sheet_passed(kiosk: Kiosk) -> None:
    tests = kiosk.app.stage.service(SetupService)
    tests.outcomes |= dict.fromkeys(("touch", "scanner", "loopback"), Outcome("works"))
    sheet_not_passed(kiosk)


def closed(kiosk: Kiosk) -> None:
    kiosk.app.stage.show("setup_closed")
    kiosk.settle()


def stick(kiosk: Kiosk, stick: StickUpdate) -> None:
    kiosk.store.facts.put(PassedTest(kiosk.store.facts.identity().install, kiosk.clock.now()))
    kiosk.store.facts.put(stick)
    kiosk.app.stage.go_home("home")
    kiosk.pass_time(3)
    assert kiosk.shows("setup_stick")
    kiosk.settle()


def stick_installing(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("installing", "2026.12.15"))


def stick_tried(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("trial", "2026.12.15"))


def stick_runs(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("runs", "2026.12.15"))


def stick_refused(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("failed", code="HOST-OLDER"))


def stick_left(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("failed", "2026.12.15", "UPDATE-SCREEN"))


def stick_stuck(kiosk: Kiosk) -> None:
    stick(kiosk, StickUpdate("failed", "2026.12.15", "UPDATE-STUCK"))


AFTER: list[Scene] = [
    in_test, office_reached, parts_failed, corners, name, sheet_not_passed, sheet_passed, closed,
    stick_installing, stick_tried, stick_runs, stick_refused, stick_left, stick_stuck,
]
SCENES: list[Scene] = [
    begin, refused, clock_behind, code, code_with_a_slip, office, clock, clock_of_no_day, site_file_wrong,
]


def look_at(kiosk: Kiosk, scenes: list[Scene], first: int, orientation: str, language: str) -> list[str]:
    """What does not fit, of each of these scenes."""
    faults: list[str] = []
    for number, scene in enumerate(scenes, first):
        scene(kiosk)
        kiosk.picture(OUT / orientation / f"95-setup-{number:02}-{scene.__name__}-{language}.png")
        found = kiosk.cut_off() + kiosk.collisions() + kiosk.hard_to_hit()
        faults += [f"{scene.__name__}: {fault}" for fault in found]
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("orientation", SIZES)
def test_every_screen_before_the_enrolment_fits(
    start: Callable[..., Kiosk], tmp_path: Path, orientation: str, language: str
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    kiosk = start(tmp_path / "station", size=SIZES[orientation], parts=with_parts(host=host))
    assert kiosk.shows("setup_begin")
    if language == "en":
        kiosk.tap("English")
    assert look_at(kiosk, SCENES, 1, orientation, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("orientation", SIZES)
def test_every_screen_after_it_fits(
    start: Callable[..., Kiosk], new_station: Path, tmp_path: Path, orientation: str, language: str
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    kiosk = start(new_station, size=SIZES[orientation], parts=with_parts(host, CALL), needs_test=True)
    assert kiosk.shows("setup_test")
    if language == "en":
        kiosk.tap("English")
    assert look_at(kiosk, AFTER, 11, orientation, language) == []
