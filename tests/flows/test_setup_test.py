"""A station that was just enrolled is not in service before its test was passed, and a sheet says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.stage.checks import Outcome
from kiosk.ui.words import use_language
from sync.protocol.sheets import is_passed, is_proven
from sync.station.facts import Identity, PassedTest, Service, Standing, StickUpdate
from sync.station.host.errors import HostAway
from sync.station.host.fake import FakeHost
from tests.flows.scenes.setup import results, sheets, sign, touch_corners, with_parts, work_through

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    yield
    use_language("zh_CN")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path / "machine", tmp_path / "updates")


@pytest.fixture
def testing(start: Callable[..., Kiosk], new_station: Path, host: FakeHost) -> Kiosk:
    """A kiosk that wants to be tested."""
    kiosk = start(new_station, parts=with_parts(host=host), needs_test=True)
    assert kiosk.shows("setup_test")
    reach_office(kiosk)
    return kiosk


def reach_office(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), boot=kiosk.clock.boot_time().boot))


def test_home_comes_after_the_test_and_not_before(testing: Kiosk) -> None:
    work_through(testing)
    testing.tap("写验收单")
    sign(testing)
    assert testing.shows("setup_sheet")
    assert testing.says("验收通过")
    [tested] = sheets(testing)
    assert results(tested) == {
        "touch": "passed", "scanner": "passed", "loudspeaker": "passed", "office": "passed", "watchdog": "passed",
    }
    assert tested.who == "WANG8"
    assert is_proven(tested)
    assert is_passed(tested)
    testing.tap("投入使用")
    assert testing.shows("home")
    known = testing.store.facts.find(PassedTest)
    assert known is not None
    assert known.install == testing.store.facts.find(Identity).install      # type: ignore[union-attr]


def test_what_failed_is_waived_by_name_and_its_code_stays_on_the_sheet(testing: Kiosk) -> None:
    kiosk = testing
    kiosk.scan("6901234567892").tap("开始")
    touch_corners(kiosk)
    kiosk.tap("开始").tap("没听到")
    assert kiosk.says("没通过 SETUP-SOUND")
    assert kiosk.offers("有没通过的，只写验收单")
    kiosk.tap("免检")
    sign(kiosk)
    assert kiosk.says("WANG8 免检 SETUP-SOUND")
    kiosk.tap("写验收单")
    assert kiosk.shows("setup_sheet")
    [tested] = sheets(kiosk)
    assert is_passed(tested)
    [sound] = [part for part in tested.parts if part.part == "loudspeaker"]
    assert (sound.result, sound.code, sound.by) == ("waived", "SETUP-SOUND", "WANG8")


def test_a_sheet_with_a_failure_leaves_the_station_out_of_service(testing: Kiosk) -> None:
    testing.tap("扫了没反应")
    testing.tap("开始")
    touch_corners(testing)
    testing.tap("开始").tap("听到了")
    testing.tap("有没通过的，只写验收单")
    sign(testing)
    assert testing.says("还没有通过")
    [tested] = sheets(testing)
    assert results(tested)["scanner"] == "failed"
    assert testing.store.facts.find(PassedTest) is None
    testing.tap("回到自检")
    assert testing.shows("setup_test")


def test_without_an_agent_the_office_is_not_reached(
    start: Callable[..., Kiosk], new_station: Path, host: FakeHost
) -> None:
    kiosk = start(new_station, parts=with_parts(host=host), needs_test=True)
    assert kiosk.says("等同步程序连上")
    kiosk.clock.move(61)
    assert kiosk.says("没通过 SETUP-AGENT")
    assert kiosk.says("请等一分钟再试")


def test_where_there_is_no_door_to_the_machine_its_watchdog_is_not_asked_for(
    start: Callable[..., Kiosk], new_station: Path, host: FakeHost
) -> None:
    host.fail_next("watchdog", HostAway("none"))
    kiosk = start(new_station, parts=with_parts(host=host), needs_test=True)
    assert kiosk.says("本机没有，不用测")


def test_a_panel_that_is_off_is_put_right_and_asked_again(testing: Kiosk, host: FakeHost) -> None:
    testing.tap("开始")
    touch_corners(testing, off=0.06)
    assert testing.says("校准好了，请再点一遍")
    matrix = host.screen().matrix
    assert matrix[0] == pytest.approx(1, abs=0.01)
    assert matrix[2] == pytest.approx(-0.06, abs=0.01)
    touch_corners(testing)
    assert testing.shows("setup_test")
    assert testing.says("最多差")


def test_a_panel_that_sees_no_finger_fails(testing: Kiosk) -> None:
    testing.tap("开始")
    assert testing.shows("setup_corners")
    testing.app.stage.screen._give_up()
    assert testing.says("没通过 SETUP-TOUCH")


def test_a_station_of_before_and_one_without_the_setting_are_in_service(
    start: Callable[..., Kiosk], new_station: Path, host: FakeHost
) -> None:
    kiosk = start(new_station, parts=with_parts(host=host))
    assert kiosk.shows("home")


def test_what_was_found_stays_when_the_language_changes(testing: Kiosk) -> None:
    work_through(testing)
    testing.tap("English")
    assert testing.says("Self-test")
    testing.tap("Sign the sheet")
    assert testing.shows("setup_name")


def test_what_rooms_can_try_is_on_the_sheet_and_can_be_tried_again(
    start: Callable[..., Kiosk], new_station: Path, host: FakeHost
) -> None:
    failing = {
        "camera": Outcome("fails", "", "CONSULT-CAMERA", "请看看它们的线有没有松，再试一次"),
        "microphone": Outcome("works", "音量 12%"), "loopback": Outcome("works"), "relay": Outcome("absent"),
    }
    kiosk = start(new_station, parts=with_parts(host, failing), needs_test=True)
    reach_office(kiosk)
    assert kiosk.says("上面几项测完就自动测"), "it may cover the window while a finger is wanted"
    work_through(kiosk)
    assert kiosk.says("没通过 CONSULT-CAMERA")
    failing["camera"] = Outcome("works", "30 张画面，720 行")
    kiosk.tap("再试")
    assert kiosk.says("30 张画面")
    kiosk.tap("写验收单")
    sign(kiosk)
    assert kiosk.shows("setup_sheet")
    [tested] = sheets(kiosk)
    assert [results(tested)[part] for part in ("camera", "microphone", "relay")] == ["passed", "passed", "absent"]


def test_the_office_takes_a_station_out_of_service_and_back(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    kiosk.store.facts.put(Service(is_open=False, since=kiosk.clock.now()))
    kiosk.pass_time(3)
    assert kiosk.screen == "borrow", "whoever is here is not sent away"
    kiosk.tap("首页")
    assert kiosk.shows("setup_closed")
    assert kiosk.says("总工会暂停了这块屏幕")
    before = len(kiosk.events())
    kiosk.scan("YZ0000001X")
    assert len(kiosk.events()) == before
    kiosk.store.facts.put(Service(is_open=True, since=kiosk.clock.now()))
    kiosk.pass_time(3)
    assert kiosk.shows("home")
    kiosk.store.facts.put(Service(is_open=False, since=kiosk.clock.now()))
    kiosk.pass_time(3)
    assert kiosk.shows("setup_closed"), "from home at once"


def test_a_stick_is_answered_on_the_screen_once_for_each_thing_there_is_to_say(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    kiosk.store.facts.put(StickUpdate("installing", "2026.12.5"))
    kiosk.pass_time(3)
    assert kiosk.screen == "borrow", "whoever is here is not sent away"
    kiosk.tap("首页")
    assert kiosk.shows("setup_stick")
    assert kiosk.says("正在安装 2026.12.5")
    kiosk.tap("知道了")
    assert kiosk.shows("home")
    kiosk.pass_time(3)
    assert kiosk.shows("home"), "it was said"
    kiosk.store.facts.put(StickUpdate("failed", "2026.12.5", "UPDATE-SCREEN"))
    kiosk.pass_time(3)
    assert kiosk.says("2026.12.5 在本机不正常")
    assert kiosk.says("技术员代码 UPDATE-SCREEN")
    kiosk.pass_time(90)
    assert kiosk.shows("home"), "by itself"
    kiosk.store.facts.put(StickUpdate("failed", code="HOST-SIGNATURE"))
    kiosk.pass_time(3)
    assert kiosk.says("U 盘里的更新用不了")
    kiosk.store.facts.put(StickUpdate("installing", "2026.12.6"))
    kiosk.pass_time(3)
    assert kiosk.says("正在安装 2026.12.6"), "it has come to something else"
    kiosk.store.facts.put(StickUpdate())
    kiosk.tap("知道了")
    assert kiosk.shows("home")
    for at_boot_s in (1.0, 2.0):
        kiosk.store.facts.put(StickUpdate("failed", code="STORE-UNWRITABLE", at_boot_s=at_boot_s))
        kiosk.pass_time(3)
        assert kiosk.says("U 盘里的更新用不了"), "plugged in once more"
        kiosk.tap("知道了")
        assert kiosk.shows("home")


def test_a_stick_is_answered_where_the_office_has_closed_the_station_too(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Service(is_open=False, since=kiosk.clock.now()))
    kiosk.pass_time(3)
    assert kiosk.shows("setup_closed")
    kiosk.store.facts.put(StickUpdate("runs", "2026.12.5"))
    kiosk.pass_time(3)
    assert kiosk.says("2026.12.5 装好了")
    before = len(kiosk.events())
    kiosk.scan("YZ0000001X")
    assert kiosk.shows("setup_stick")
    assert len(kiosk.events()) == before
    kiosk.tap("知道了")
    assert kiosk.shows("setup_closed")
