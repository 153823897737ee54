"""A doctor by video at the screen: the way there, the call as the kiosk follows it, and every way it ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from sync.protocol.events import ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated
from sync.station.identity import Keys, name_of
from sync.station.store import Store
from tests.fake_desk import FakeDesk
from tests.flows.call_window import CallWindow, as_program, fake_browser
from tests.flows.conftest import FONTS
from tests.flows.scenes import consultation as scenes
from tests.published import IDENTITY, PublishedDocuments

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk


@pytest.fixture(scope="module")
def running_desk() -> Iterator[FakeDesk]:
    with FakeDesk() as running:
        yield running


@pytest.fixture
def desk(running_desk: FakeDesk) -> FakeDesk:
    """The office, with everything of the last test forgotten."""
    running_desk.answer, running_desk.state = None, {"state": "waiting"}
    running_desk.asked.clear()
    return running_desk


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, running_desk: FakeDesk) -> Path:
    """The folder of a station of this office, where nothing has happened yet."""
    folder = tmp_path_factory.mktemp("town")
    store = Store.open(folder / "station.db", create=True)
    store.enrol(replace(IDENTITY, office=running_desk.url, key=name_of(Keys(folder).make())))
    PublishedDocuments(store).publishes_a_town()
    store.close()
    return folder


@pytest.fixture(scope="module")
def standing(display: str, town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that stands through all stories, as in the field; its browser is a program that may be taken away."""
    from tests.flows.kiosk import Kiosk

    folder = tmp_path_factory.mktemp("standing") / "station"
    shutil.copytree(town, folder)
    browser = as_program(folder.with_name("browser"), fake_browser(folder))
    kiosk = Kiosk(folder, FONTS, browser=(str(browser),))
    yield kiosk
    kiosk.close()


@pytest.fixture
def window(standing: Kiosk) -> CallWindow:
    return CallWindow(standing.folder)


@pytest.fixture
def kiosk(standing: Kiosk, window: CallWindow, town: Path, desk: FakeDesk) -> Iterator[Kiosk]:
    window.forget()
    standing.begin_anew(town)
    standing.shows("home")
    yield standing
    call: Any = standing.app.stage.screens.get("consult_waiting").call  # type: ignore[union-attr,attr-defined]
    standing.app.stage.go_home()  # type: ignore[union-attr]
    if call is not None:
        call.wait(60)
    standing.settle()


def talks(kiosk: Kiosk) -> list[object]:
    return [event for event in kiosk.events() if type(event).__name__.startswith("Consultation")]


def to_the_mirror(kiosk: Kiosk, window: CallWindow) -> None:
    scenes.complaint(kiosk).tap("腰背痛").tap("选好了")
    kiosk.wait(lambda: "hello" in window.kinds)


def to_the_queue(kiosk: Kiosk, window: CallWindow) -> None:
    to_the_mirror(kiosk, window)
    window.say("ready")
    kiosk.wait(lambda: "go" in window.kinds)
    window.say("phase", phase="queue")


def ending(kiosk: Kiosk) -> ConsultationEnded:
    kiosk.wait(lambda: any(isinstance(event, ConsultationEnded) for event in talks(kiosk)))
    return next(event for event in talks(kiosk) if isinstance(event, ConsultationEnded))


def test_from_the_door_to_the_stars(kiosk: Kiosk, window: CallWindow, desk: FakeDesk) -> None:
    to_the_queue(kiosk, window)
    assert [type(event) for event in talks(kiosk)] == [ConsultationAsked]
    assert desk.asked[0]["complaint"] == ["back"]
    assert desk.asked[0]["call"] == talks(kiosk)[0].call  # type: ignore[attr-defined]
    go = next(said for said in window.heard if said["kind"] == "go")
    assert go["line"].startswith(desk.url.replace("http", "ws"))
    kiosk.pass_time(300)
    assert kiosk.screen == "consult_waiting", "nobody is sent home while they wait"
    window.say("phase", phase="call")
    kiosk.wait(lambda: isinstance(talks(kiosk)[-1], ConsultationConnected))
    desk.state = {
        "state": "ended", "ending": "talked", "waited_s": 300, "talked_s": 240, "advice": "多喝水，早点睡",
        "share": "https://office.example/r/1",
    }
    window.say("ended", ending="talked")
    assert kiosk.shows("consult_ended")
    assert kiosk.says("多喝水，早点睡")
    assert kiosk.says("手机扫一扫")
    ended = ending(kiosk)
    assert (ended.how, ended.waited_s, ended.talked_s) == ("talked", 300, 240)
    scenes.rate(kiosk, 4)
    kiosk.wait(lambda: isinstance(talks(kiosk)[-1], ConsultationRated))
    assert talks(kiosk)[-1].stars == 4  # type: ignore[attr-defined]
    kiosk.pass_time(21)
    assert kiosk.shows("home")
    assert "多喝水" not in kiosk.words()


def test_who_leaves_at_the_mirror_was_never_there(kiosk: Kiosk, window: CallWindow) -> None:
    to_the_mirror(kiosk, window)
    window.say("leave")
    assert kiosk.shows("home")
    assert talks(kiosk) == []


def test_who_leaves_the_queue_has_left(kiosk: Kiosk, window: CallWindow, desk: FakeDesk) -> None:
    to_the_queue(kiosk, window)
    desk.state = {"state": "ended", "ending": "left", "waited_s": 5}
    window.say("leave")
    assert kiosk.shows("home")
    assert ending(kiosk).how == "left"


@pytest.mark.parametrize(
    ("said", "code", "how"),
    [
        ({"kind": "ended", "ending": "no-doctor"}, "CONSULT-DOCTOR", "no-doctor"),
        ({"kind": "ended", "ending": "cancelled"}, "CONSULT-CANCELLED", "cancelled"),
        ({"kind": "ended", "ending": "lost"}, "CONSULT-LOST", "no-line"),
        ({"kind": "failed", "code": "line"}, "CONSULT-LOST", "no-line"),
        ({"kind": "failed", "code": "device-lost"}, "CONSULT-CAMERA", "no-camera"),
        ({"kind": "vanish"}, "CONSULT-WINDOW", "crashed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_fails_has_its_screen(
    kiosk: Kiosk, window: CallWindow, desk: FakeDesk, said: dict[str, str], code: str, how: str
) -> None:
    to_the_queue(kiosk, window)
    desk.state = {"state": "ended", "ending": "left", "waited_s": 5}
    window.say(**said)
    assert kiosk.shows("consult_failed")
    assert kiosk.says(code)
    assert ending(kiosk).how == how
    kiosk.pass_time(21)
    assert kiosk.shows("home")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (409, {"code": "no-doctor", "next_step": "x"}, "CONSULT-DOCTOR"),
        (403, {"code": "revoked", "next_step": "x"}, "CONSULT-REFUSED"),
        (503, {}, "CONSULT-LINE"),
    ],
)
def test_an_office_that_does_not_take_it_is_told(
    kiosk: Kiosk, window: CallWindow, desk: FakeDesk, status: int, body: dict[str, str], code: str
) -> None:
    desk.answer = (status, body)
    to_the_mirror(kiosk, window)
    desk.state = {"state": "ended"}
    window.say("ready")
    assert kiosk.says(code)


def test_a_camera_that_is_missing_at_the_mirror_leaves_no_trace(kiosk: Kiosk, window: CallWindow) -> None:
    to_the_mirror(kiosk, window)
    window.say("failed", code="device-NotFoundError")
    assert kiosk.says("CONSULT-CAMERA")
    assert talks(kiosk) == []


def test_without_a_browser_the_door_says_so(kiosk: Kiosk) -> None:
    browser = Path(kiosk.config.browser[0])
    browser.rename(browser.with_suffix(".gone"))
    try:
        scenes.offered(kiosk)
        assert kiosk.says("视频没装好")
        kiosk.tap("看医生")
        assert kiosk.shows("consult_closed")
    finally:
        browser.with_suffix(".gone").rename(browser)


def test_one_found_unfinished_lost_its_power(kiosk: Kiosk, town: Path, tmp_path: Path) -> None:
    shutil.copytree(town, tmp_path, dirs_exist_ok=True)
    with closing(Store.open(tmp_path / "station.db")) as store:
        store.journal.append(ConsultationAsked(call="c1"), at=kiosk.clock.now())
    kiosk.begin_anew(tmp_path)
    assert ending(kiosk).how == "power"


def test_home_ends_the_call_and_nothing_is_left(kiosk: Kiosk, window: CallWindow, desk: FakeDesk) -> None:
    to_the_queue(kiosk, window)
    stage = kiosk.app.stage
    assert stage
    call = stage.screens.get("consult_waiting").call  # type: ignore[attr-defined]
    profile = call.browser.profile
    assert profile.exists()
    desk.state = {"state": "ended", "ending": "left", "waited_s": 5}
    kiosk.tap("首页")
    assert kiosk.shows("home")
    assert ending(kiosk).how == "left"
    call.wait(60)
    assert not call.browser.is_alive
    assert not profile.exists()


def test_another_providers_page_is_opened_and_ends_with_it(
    kiosk: Kiosk, window: CallWindow, desk: FakeDesk
) -> None:
    provider = {"name": "市中心医院", "url": "http://127.0.0.1:9/", "allow": [], "most_minutes": 10}
    desk.answer = (200, {"call": "A" * 22, "provider": provider})
    to_the_mirror(kiosk, window)
    desk.state = {"state": "ended", "ending": "talked", "waited_s": 1, "talked_s": 60}
    window.say("ready")
    assert kiosk.shows("consult_ended"), "the fake has no page there, and ends"
    assert ending(kiosk).how == "talked"
    assert "ConsultationConnected" in kiosk.kinds()


def test_once_more_after_a_failure_wishes_the_same(kiosk: Kiosk, window: CallWindow, desk: FakeDesk) -> None:
    to_the_mirror(kiosk, window)
    window.say("vanish")
    assert kiosk.shows("consult_failed")
    kiosk.tap("再试一次")
    assert kiosk.shows("consult_waiting")
    stage = kiosk.app.stage
    assert stage
    assert stage.screen.call.plan.complaint == ("back",)  # type: ignore[union-attr]


def test_the_workers_own_button_ends_another_providers_page(
    kiosk: Kiosk, window: CallWindow, desk: FakeDesk
) -> None:
    # The fake finds a line there, and stays.
    provider = {"name": "市中心医院", "url": f"{desk.url}/", "allow": [], "most_minutes": 10}
    desk.answer = (200, {"call": "A" * 22, "provider": provider})
    to_the_mirror(kiosk, window)
    window.say("ready")
    assert kiosk.says("看完了，按下面的按钮")
    desk.state = {"state": "ended", "ending": "talked", "waited_s": 1, "talked_s": 60}
    kiosk.tap("结束，返回首页")
    assert kiosk.shows("consult_ended")
    assert ending(kiosk).how == "talked"


def test_the_station_tries_itself_without_asking_a_doctor(kiosk: Kiosk, window: CallWindow, desk: FakeDesk) -> None:
    from kiosk.stage.checks import Check, Checks, Outcome

    def checks() -> list[Check]:
        found: list[list[Check]] = []
        stage = kiosk.app.stage
        assert stage
        stage.quietly(lambda: stage.service(Checks).all(), found.append)
        kiosk.wait(lambda: found)
        return found[0]

    assert checks() == [], "no doctor is wanted here"
    scenes.offered(kiosk)
    (check,) = checks()
    outcomes: list[Mapping[str, Outcome]] = []
    trial = Thread(target=lambda: outcomes.append(check.run()))
    trial.start()
    kiosk.wait(lambda: "hello" in window.kinds)
    window.say("tried", found={"frames": 30, "height": 720, "loudest": 0.0, "decoded": 12})
    kiosk.wait(lambda: outcomes)
    trial.join(60)
    assert {name: outcome.result for name, outcome in outcomes[0].items()} == {
        "camera": "works", "microphone": "fails", "loopback": "works", "relay": "absent"
    }
    assert outcomes[0]["microphone"].code == "CONSULT-SILENT"
    assert set(outcomes[0]) == set(check.parts)
    assert talks(kiosk) == desk.asked == []
