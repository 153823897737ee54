"""A machine that is no station becomes one at its own screen: real kiosk, agent and office, the QR by the scanner."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.ui.words import use_language
from sync.protocol.documents import StationSettings
from sync.protocol.enrolment import make_code, make_qr_text
from sync.station.clock import read_boot_time
from sync.station.exchange.agent import Agent
from sync.station.store import Standing, Store
from tests.central.live import LiveOffice
from tests.flows.scenes.setup import sign, work_through
from tests.published import STATION
from tests.sync.two_processes.waiting import wait_until

if TYPE_CHECKING:
    from kiosk.parts import Parts
    from tests.flows.kiosk import Kiosk

DEAD_OFFICE = "http://127.0.0.1:9"      # nobody listens at discard


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path_factory.mktemp("office"), example=True) as office:
        yield office


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    yield
    use_language("zh_CN")


@pytest.fixture
def new(start: Callable[..., Kiosk], tmp_path: Path) -> Kiosk:
    """A kiosk on a machine that is no station, on its first screen."""
    kiosk = start(tmp_path / "station")
    assert kiosk.shows("setup_begin")
    assert kiosk.says("网址在二维码里")
    return kiosk


def type_in(kiosk: Kiosk, text: str) -> Kiosk:
    for letter in text:
        kiosk.tap_key(letter)
    return kiosk


def without_doctor() -> Parts:
    """The call's own test is tests/kiosk/consultation/test_trial.py, with a real browser."""
    from kiosk.parts import Parts, open_rooms

    return Parts(rooms=[room for room in open_rooms() if "consultation" not in type(room).__module__])


@pytest.mark.slow
def test_the_qr_under_the_scanner_makes_a_station_and_agent_and_screen_go_on_by_themselves(
    start: Callable[..., Kiosk], office: LiveOffice, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    agent = subprocess.Popen(
        [sys.executable, "-m", "sync.station", "run", "--data", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        kiosk = start(folder, needs_test=True, parts=without_doctor())
        assert kiosk.shows("setup_begin")
        kiosk.scan(make_qr_text(office.url, office.make_code(STATION)))
        assert kiosk.shows("setup_test")
        assert kiosk.store.facts.identity().station == STATION
        wait_until(lambda: kiosk.store.documents.find(StationSettings, STATION) is not None, "the agent brought news")
        kiosk.clock.set(datetime.now(UTC))
        kiosk.clock.boot_time = read_boot_time  # type: ignore[method-assign]   # the agent's own
        work_through(kiosk)
        kiosk.tap("写验收单")
        sign(kiosk)
        assert kiosk.says("验收通过")
        kiosk.tap("投入使用")
        assert kiosk.shows("home")
        assert kiosk.says("衣裳街")
        sheet = "SELECT station_id, is_passed, is_proven, who FROM setup_sheet"
        wait_until(lambda: bool(office.rows(sheet)), "the office has the sheet")
        assert [tuple(row) for row in office.rows(sheet)] == [(STATION, True, True, "WANG8")]
    finally:
        agent.terminate()
        agent.wait(60)


def test_the_code_can_be_typed_with_the_address_where_nobody_knows_it(new: Kiosk, office: LiveOffice) -> None:
    new.tap("输入登记码")
    assert new.shows("setup_code")
    code = office.make_code(STATION)
    type_in(new, code)
    assert f"{code[:5]} {code[5:]}" in new.words()
    new.tap("下一步：总工会网址")
    assert new.shows("setup_office")
    type_in(new, office.url.removeprefix("http://"))
    assert office.url in new.words()
    new.tap("登记")
    assert new.shows("home")


def test_a_slip_in_the_code_is_found_before_anything_is_asked(new: Kiosk) -> None:
    new.tap("输入登记码")
    type_in(new, "7KQ2M9XW4G")
    assert new.says("登记码不对，请核对后重新输入")
    assert not new.offers("下一步：总工会网址")
    new.tap("返回")
    assert new.shows("setup_begin")


@pytest.mark.parametrize(("scanned", "cause", "code"), [
    ("6901234567892", "这不是登记二维码", "SETUP-SCAN"),
    (make_qr_text(DEAD_OFFICE, "7KQ2M9XW4F"), "连不上总工会", "SYNC-LINE"),
    (make_qr_text("http://office.example", "7KQ2M9XW4F"), "总工会网址不对", "SYNC-ADDRESS"),
    ("yizhan:enrol?office=https%3A%2F%2Foffice.example&code=7KQ2M9XW4G", "这不是登记二维码", "SETUP-SCAN"),
], ids=["a grocery code", "no line", "no https", "a slip"])
def test_what_hinders_is_named_with_what_to_do(new: Kiosk, scanned: str, cause: str, code: str) -> None:
    new.scan(scanned)
    assert new.says(cause)
    assert new.says(f"技术员代码 {code}")
    assert new.offers("输入登记码")


def test_a_used_code_is_refused_and_a_new_one_works(
    new: Kiosk, start: Callable[..., Kiosk], office: LiveOffice, tmp_path: Path
) -> None:
    used = make_qr_text(office.url, office.make_code(STATION))
    other = start(tmp_path / "other")
    assert other.shows("setup_begin")
    other.scan(used)
    assert other.shows("home")
    new.scan(used)
    assert new.says("技术员代码 ENROL-REFUSED")
    assert new.says("请向总工会要一个新的")
    new.scan(make_qr_text(office.url, office.make_code(STATION)))
    assert new.shows("home")


def test_a_new_machine_takes_a_station_over_and_the_old_one_is_refused(
    new: Kiosk, office: LiveOffice, tmp_path: Path
) -> None:
    from sync.station.exchange.enrol import enrol

    old = tmp_path / "old"
    enrol(old, office.url, office.make_code(STATION))
    agent = Agent(old)
    agent.turn()
    new.scan(make_qr_text(office.url, office.make_code(STATION)))
    assert new.shows("home")
    agent.turn()
    agent.close()
    store = Store.open(old / "station.db")
    standing = store.facts.find(Standing)
    store.close()
    assert standing is not None
    assert standing.failing in {"SYNC-REFUSED", "SYNC-REVOKED"}


def test_a_clock_before_the_program_is_said_at_once(new: Kiosk) -> None:
    new.clock.set(datetime(2000, 1, 1, tzinfo=UTC))
    new.tap("输入登记码").tap("返回")
    assert new.says("时间不对，接上网线等一分钟会自己对准")


def test_whoever_types_is_not_disturbed_while_the_store_is_tried_again(new: Kiosk) -> None:
    new.tap("输入登记码")
    type_in(new, "7KQ")
    new.pass_time(30)
    assert new.screen == "setup_code"
    assert "7KQ__ _____" in new.words()


def test_the_command_line_enrols_a_machine_whose_screen_waits(new: Kiosk, office: LiveOffice) -> None:
    from sync.station.exchange.enrol import enrol

    enrol(new.folder, office.url, office.make_code(STATION))
    new.pass_time(20)
    assert new.shows("home")


def test_set_up_speaks_english_and_home_chinese_again(new: Kiosk, office: LiveOffice) -> None:
    new.tap("English")
    assert new.says("Scan the enrolment QR code")
    new.scan("6901234567892")
    assert new.says("This is no enrolment QR code")
    new.scan(make_qr_text(office.url, office.make_code(STATION)))
    assert new.shows("home")
    assert new.says("签到")


def test_after_too_many_wrong_codes_it_says_how_long_to_wait(new: Kiosk, tmp_path: Path) -> None:
    with LiveOffice(tmp_path / "strict", example=True) as strict:
        wrong = [make_code() for _ in range(40)]
        for code in wrong:
            new.scan(make_qr_text(strict.url, code))
            if "ENROL-REFUSED" not in new.words():
                break
        assert new.says("技术员代码 SYNC-BUSY")
        assert new.says("请等 15 分钟，再扫一次")


def test_a_damaged_store_is_set_aside_and_the_qr_enrols_the_station_again(
    start: Callable[..., Kiosk], office: LiveOffice, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "station.db").write_bytes(b"no database " * 1_000)
    kiosk = start(folder)
    assert kiosk.says("机器里的数据文件坏了")
    kiosk.scan("6901234567892").pass_time(15)
    assert kiosk.screen == "setup_damaged"
    kiosk.scan(make_qr_text(office.url, office.make_code(STATION)))
    assert kiosk.shows("home")
    assert list(folder.glob("station.db.damaged-*")), "kept for the office"
