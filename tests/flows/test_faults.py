"""Reporting a fault at the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.protocol.events import FaultReported
from sync.station.store import Standing
from tests.flows.scenes.faults import MICROWAVE, fault, with_amenities

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

OPEN = "已报修，处理中"


def last_report(kiosk: Kiosk) -> str:
    return [event.report for event in kiosk.events() if isinstance(event, FaultReported)][-1]


def test_two_taps_report_and_the_thing_shows_it(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了")
    assert kiosk.says("谢谢，已报修")
    assert kiosk.kinds() == ["FaultReported"]
    kiosk.tap("返回设施")
    assert kiosk.says(OPEN)


def test_without_a_line_it_says_that_it_is_saved(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("缺了")
    assert kiosk.says("已保存，联网后上传")


def test_with_a_line_it_does_not(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), next_sync_s=60))
    with_amenities(kiosk).tap(MICROWAVE).tap("脏了")
    assert kiosk.says("谢谢，已报修")
    assert "联网后上传" not in kiosk.words()


def test_undo_takes_it_back(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了")
    kiosk.pass_time(8).tap("撤销")
    assert kiosk.shows("amenities")
    assert OPEN not in kiosk.words()
    assert kiosk.kinds() == ["FaultReported", "FaultUndone"]


def test_after_ten_seconds_the_card_is_gone(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了")
    kiosk.pass_time(11)
    assert kiosk.shows("home")
    assert kiosk.kinds() == ["FaultReported", "VisitEnded"]


def test_a_second_report_within_the_hour_is_not_needed(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了").tap("完成")
    kiosk.pass_time(1_800)
    with_amenities(kiosk).tap(MICROWAVE)
    assert kiosk.says("已有人报修过，正在处理")
    assert not kiosk.offers("撤销")
    assert kiosk.kinds().count("FaultReported") == 1


def test_after_an_hour_it_may_be_said_again(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了").tap("完成")
    kiosk.pass_time(3_601)
    with_amenities(kiosk).tap(MICROWAVE)
    assert kiosk.says("已报修，处理中。又有新情况")
    kiosk.tap("脏了")
    assert kiosk.says("谢谢，已报修")
    assert kiosk.kinds().count("FaultReported") == 2


def test_the_way_back_reports_nothing(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("返回")
    assert kiosk.shows("amenities")
    assert kiosk.kinds() == []


def test_the_screen_follows_the_office(kiosk: Kiosk) -> None:
    with_amenities(kiosk)
    kiosk.office.publishes(fault(kiosk))
    kiosk.pass_time(2)
    assert kiosk.says(OPEN)
    kiosk.office.publishes(fault(kiosk, state="closed"))
    kiosk.pass_time(2)
    assert OPEN not in kiosk.words()


def test_what_was_reported_here_goes_when_the_office_closes_it(kiosk: Kiosk) -> None:
    with_amenities(kiosk).tap(MICROWAVE).tap("坏了").tap("返回设施")
    assert kiosk.says(OPEN)
    kiosk.office.publishes(fault(kiosk, state="closed", last=last_report(kiosk)))
    kiosk.pass_time(2)
    assert OPEN not in kiosk.words()
