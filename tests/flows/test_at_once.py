"""Things that happen at the same time, or that nobody foresaw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from devices.codes import make_label
from devices.fakes import FakeScanner
from kiosk.checkin.service import CheckinService, CheckinShown
from kiosk.stage.ground import Ground
from tests.published import copy

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

Start = Callable[..., "Kiosk"]
LIVING, THREE_BODY = "YZ0000001X", "YZ00000036"


class SlowOrBroken:
    """What lies behind the next check-in: a slow disk, or a fault nobody foresaw."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.go_on.set()
        self.fault: Exception | None = None

    def rooms(self) -> list[Any]:
        """The real rooms, but for the check-in's service."""
        from kiosk.checkin.room import CheckinRoom
        from kiosk.parts import open_rooms

        behind = self

        class HeldRoom(CheckinRoom):
            def open(self, ground: Ground) -> CheckinService:
                return HeldCheckins(ground, behind)

        return [HeldRoom() if isinstance(room, CheckinRoom) else room for room in open_rooms()]


class HeldCheckins(CheckinService):
    """Checks in when it is let go on."""

    def __init__(self, ground: Ground, behind: SlowOrBroken) -> None:
        super().__init__(ground.store, ground.station, ground.visits)
        self._behind = behind

    def check_in(self, trade: str) -> CheckinShown:
        """As the real one, later or never."""
        assert self._behind.go_on.wait(60)
        fault, self._behind.fault = self._behind.fault, None
        if fault is not None:
            raise fault
        return super().check_in(trade)


@pytest.fixture
def behind() -> SlowOrBroken:
    return SlowOrBroken()


@pytest.fixture
def slow_kiosk(start: Start, station: Path, behind: SlowOrBroken) -> Kiosk:
    from kiosk.parts import Parts

    kiosk = start(station, parts=Parts(rooms=behind.rooms()))
    kiosk.shows("home")
    return kiosk


def test_a_tap_while_saving_is_dropped(slow_kiosk: Kiosk, behind: SlowOrBroken) -> None:
    behind.go_on.clear()
    slow_kiosk.begin_tap("外卖配送")
    slow_kiosk.begin_tap("借书")
    slow_kiosk.begin_tap("快递")
    assert slow_kiosk.says("请稍等，正在保存")
    behind.go_on.set()
    slow_kiosk.settle()
    assert slow_kiosk.screen == "checked_in"
    assert slow_kiosk.kinds() == ["CheckedIn"]


def test_a_scan_while_saving_is_taken_when_it_is_saved(slow_kiosk: Kiosk, behind: SlowOrBroken) -> None:
    behind.go_on.clear()
    slow_kiosk.begin_tap("外卖配送")
    slow_kiosk.scanner.scan(LIVING)
    slow_kiosk.wait(lambda: slow_kiosk.app.scans == 1)
    assert slow_kiosk.screen == "home"
    behind.go_on.set()
    assert slow_kiosk.shows("book")
    assert slow_kiosk.says("活着")
    assert slow_kiosk.kinds() == ["CheckedIn"]


def test_seven_books_while_saving_are_seven_returns(slow_kiosk: Kiosk, behind: SlowOrBroken) -> None:
    labels = [make_label(number) for number in range(600, 607)]
    slow_kiosk.office.publishes(*(copy(label, status="on_loan") for label in labels))
    slow_kiosk.pass_time(2)
    behind.go_on.clear()
    slow_kiosk.begin_tap("外卖配送")
    slow_kiosk.scanner.scan("\r\n".join(labels))
    slow_kiosk.wait(lambda: slow_kiosk.app.scans == 7)
    assert slow_kiosk.app.stage
    slow_kiosk.app.stage.step.word = "return"
    behind.go_on.set()
    slow_kiosk.settle()
    assert slow_kiosk.kinds() == ["CheckedIn", *["BookReturned"] * 7]


def test_what_waited_for_something_that_failed_is_named(slow_kiosk: Kiosk, behind: SlowOrBroken) -> None:
    behind.go_on.clear()
    behind.fault = ZeroDivisionError()
    slow_kiosk.begin_tap("外卖配送")
    slow_kiosk.scanner.scan(f"{LIVING}\r\n{THREE_BODY}")
    slow_kiosk.wait(lambda: slow_kiosk.app.scans == 2)
    behind.go_on.set()
    assert slow_kiosk.says("没记下，请再扫一次：YZ 0000001-X、YZ 0000003-6")
    slow_kiosk.touch(540, 500)
    assert "没记下" not in slow_kiosk.words()
    slow_kiosk.scan(LIVING)
    assert slow_kiosk.shows("book")


def test_what_nobody_foresaw_is_a_card_and_the_next_tap_works(
    slow_kiosk: Kiosk, behind: SlowOrBroken, caplog: pytest.LogCaptureFixture
) -> None:
    behind.fault = ZeroDivisionError("a secret detail")
    slow_kiosk.tap("外卖配送")
    assert slow_kiosk.shows("failure")
    assert slow_kiosk.says("KIOSK-FAULT")
    assert "secret" not in slow_kiosk.words()
    assert "ZeroDivisionError" in caplog.text
    slow_kiosk.tap("首页").pass_time(3).tap("外卖配送")
    assert slow_kiosk.says("签到成功")
    assert slow_kiosk.kinds().count("CheckedIn") == 1


def test_two_scanners_work_at_once(start: Start, station: Path) -> None:
    from kiosk.parts import Parts

    left, right = FakeScanner("scanner"), FakeScanner("scanner-2")
    kiosk = start(station, parts=Parts(scanners=[left, right]))
    kiosk.shows("home")
    assert left.wait_open()
    assert right.wait_open()
    kiosk.tap("借书")
    left.scan(LIVING)
    right.scan(THREE_BODY)
    kiosk.wait(lambda: kiosk.kinds().count("BookBorrowed") == 2)
    assert {event.label for event in kiosk.events()} == {LIVING, THREE_BODY}  # type: ignore[union-attr]


def test_one_lost_scanner_leaves_the_other_working(start: Start, station: Path) -> None:
    from kiosk.parts import Parts

    left, right = FakeScanner("scanner"), FakeScanner("scanner-2")
    kiosk = start(station, parts=Parts(scanners=[left, right]))
    kiosk.shows("home")
    assert right.wait_open()
    left.unplug()
    kiosk.wait(lambda: "DeviceFaulted" in kiosk.kinds())
    right.scan(THREE_BODY)
    assert kiosk.says("三体")


def test_a_station_that_is_not_enrolled_takes_no_other_scans(start: Start, tmp_path: Path) -> None:
    kiosk = start(tmp_path)
    assert kiosk.shows("setup_begin")
    for code in (LIVING, "6901234567892", "GH33050200001234"):
        kiosk.scan(code)
        assert kiosk.says("这不是登记二维码")
    assert not (tmp_path / "station.db").exists()
