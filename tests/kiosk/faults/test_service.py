from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk.faults.errors import UndoTooLate
from kiosk.faults.service import FaultService
from sync.protocol.documents import Amenity, Fault
from sync.protocol.events import FaultReported
from tests.kiosk.conftest import Desk
from tests.published import STATION

MICROWAVE, WATER = Amenity("微波炉", "microwave"), Amenity("饮用水", "cup-water")


@pytest.fixture
def faults(desk: Desk) -> FaultService:
    return FaultService(desk.ground)


def last(desk: Desk) -> str:
    entry = desk.store.journal.last()
    assert entry
    assert isinstance(entry.event, FaultReported)
    return entry.event.report


def answer(report: str, **changes: Any) -> Fault:
    fields = {"state": "open", "what": "broken", "since": datetime(2026, 11, 23, tzinfo=UTC), **changes}
    return Fault(item=f"{STATION}/{MICROWAVE.name}", amenity=MICROWAVE.name, last=report, **fields)  # type: ignore[arg-type]


def test_a_report_is_in_the_journal_and_the_thing_at_fault(desk: Desk, faults: FaultService) -> None:
    shown = faults.report(MICROWAVE, "broken")
    assert desk.kinds() == ["fault.reported"]
    assert shown.report == last(desk)
    assert faults.glance().is_open(MICROWAVE.name)
    assert not faults.glance().is_open(WATER.name)


def test_a_thing_is_reported_once_an_hour(desk: Desk, faults: FaultService) -> None:
    faults.report(MICROWAVE, "broken")
    desk.visits.end("home")
    assert faults.report(MICROWAVE, "dirty").report == ""
    assert faults.report(WATER, "missing").report
    desk.clock.move(3_601)
    assert faults.look_up(MICROWAVE) is None
    assert faults.report(MICROWAVE, "dirty").report
    assert desk.kinds().count("fault.reported") == 3


def test_what_is_mended_within_the_hour_can_be_reported_again(desk: Desk, faults: FaultService) -> None:
    faults.report(MICROWAVE, "broken")
    desk.office.publishes(answer(last(desk), state="closed"))
    assert not faults.glance().is_open(MICROWAVE.name)
    assert faults.report(MICROWAVE, "broken").report
    assert faults.glance().is_open(MICROWAVE.name)


def test_a_report_taken_back_leaves_the_thing_as_it_was(desk: Desk, faults: FaultService) -> None:
    shown = faults.report(MICROWAVE, "broken")
    faults.undo(shown.report)
    assert desk.kinds() == ["fault.reported", "fault.undone"]
    assert not faults.glance().is_open(MICROWAVE.name)
    assert faults.report(MICROWAVE, "broken").report


def test_it_can_be_taken_back_for_ten_seconds_by_the_clock_that_never_jumps(desk: Desk, faults: FaultService) -> None:
    shown = faults.report(MICROWAVE, "broken")
    desk.clock.set(desk.clock.now() + timedelta(days=2))
    desk.clock.move(9)
    faults.undo(shown.report)
    late = faults.report(WATER, "dirty")
    desk.clock.move(16)
    with pytest.raises(UndoTooLate):
        faults.undo(late.report)
    assert desk.kinds()[-1] == "fault.reported"


def test_only_the_worker_who_reported_can_take_it_back(desk: Desk, faults: FaultService) -> None:
    shown = faults.report(MICROWAVE, "broken")
    desk.visits.end("home")
    for report in (shown.report, "", "another"):
        with pytest.raises(UndoTooLate):
            faults.undo(report)


@pytest.mark.parametrize(("state", "is_open"), [("open", True), ("taken", True), ("closed", False)])
def test_the_offices_word_counts(desk: Desk, faults: FaultService, state: str, is_open: bool) -> None:
    desk.office.publishes(answer("of a screen long gone", state=state))
    assert faults.glance().is_open(MICROWAVE.name) == is_open


def test_what_the_office_closed_stays_closed_with_all_that_came_before(desk: Desk, faults: FaultService) -> None:
    faults.report(MICROWAVE, "broken")
    desk.clock.move(7_200)
    faults.report(MICROWAVE, "broken")
    second = last(desk)
    desk.clock.move(7_200)
    faults.report(MICROWAVE, "broken")
    desk.office.publishes(answer(second, state="closed"))
    assert faults.glance().is_open(MICROWAVE.name), "the third is not answered yet"
    desk.office.publishes(answer(last(desk), state="closed"))
    assert not faults.glance().is_open(MICROWAVE.name)


def test_what_nobody_answers_for_long_stands_no_more(desk: Desk, faults: FaultService) -> None:
    faults.report(MICROWAVE, "broken")
    desk.clock.move(91 * 86_400)
    assert not faults.glance().is_open(MICROWAVE.name)
