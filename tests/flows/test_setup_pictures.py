"""Every screen of set-up in every orientation and both languages, as a picture, and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.parts import Parts
from kiosk.ui.words import use_language
from sync.protocol.enrolment import make_qr_text
from sync.station.host.fake import FakeHost
from tests.flows.test_pictures import OUT, SIZES

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

LANGUAGES = ("zh_CN", "en")
DEAD_OFFICE = "http://127.0.0.1:9"
Scene = Callable[["Kiosk"], object]


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    yield
    use_language("zh_CN")


def press(kiosk: Kiosk, text: str) -> None:
    for sign in text:
        kiosk.tap_key(sign)


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


SCENES: list[Scene] = [begin, refused, clock_behind, code, code_with_a_slip, office]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("orientation", SIZES)
def test_every_screen_before_the_enrolment_fits(
    start: Callable[..., Kiosk], tmp_path: Path, orientation: str, language: str
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    kiosk = start(tmp_path / "station", size=SIZES[orientation], parts=Parts(host=host))
    assert kiosk.shows("setup_begin")
    if language == "en":
        kiosk.tap("English")
    faults: list[str] = []
    for number, scene in enumerate(SCENES, 1):
        scene(kiosk)
        kiosk.picture(OUT / orientation / f"95-setup-{number:02}-{scene.__name__}-{language}.png")
        found = kiosk.cut_off() + kiosk.collisions() + kiosk.hard_to_hit()
        faults += [f"{scene.__name__}: {fault}" for fault in found]
    assert faults == []
