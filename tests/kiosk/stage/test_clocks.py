"""A kiosk whose clock is wrong, and is put right while it runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync.protocol.documents import Copy, Stamp
from sync.station.facts import Standing
from tests.kiosk.conftest import Desk

YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
LABEL = "YZ0000001X"


def test_a_visit_of_the_year_2000_counts_today_when_the_clock_is_put_right(desk: Desk) -> None:
    today = desk.clock.now()
    desk.clock.reboot(YEAR_2000)
    desk.checkins.check_in("courier")
    desk.clock.set(today)
    assert desk.checkins.visits_today() == 1
    desk.clock.move(86_400)
    assert desk.checkins.visits_today() == 0
    assert desk.kinds() == ["checkin.made", "clock.stepped"]


def test_a_check_in_of_next_year_is_no_visit_of_every_day_until_then(desk: Desk) -> None:
    today = desk.clock.now()
    desk.clock.reboot(today + timedelta(days=365))
    desk.checkins.check_in_member("M2")
    assert desk.checkins.visits_today() == 1
    desk.clock.set(today)
    assert desk.checkins.visits_today() == 1
    desk.clock.move(86_400)
    assert desk.checkins.visits_today() == 0
    assert desk.checkins.check_in_member("M2").checkin


def test_a_small_step_of_the_clock_neither_ends_nor_stretches_the_ten_seconds_of_undoing(desk: Desk) -> None:
    first = desk.checkins.check_in("courier").checkin
    desk.clock.set(desk.clock.now() + timedelta(seconds=90))
    desk.checkins.undo(first)
    second = desk.checkins.check_in("courier").checkin
    desk.clock.set(desk.clock.now() - timedelta(minutes=30))
    desk.clock.move(60)
    assert second not in {event.checkin for _, event in desk.checkins._standing(  # pyright: ignore[reportPrivateUsage]
        desk.station.now() - timedelta(seconds=15)
    )}


def test_the_line_is_not_there_for_a_day_because_the_clock_was_put_back(desk: Desk) -> None:
    boot, seconds = desk.clock.boot_time()
    desk.store.facts.put(Standing(last_success=desk.clock.now(), next_sync_s=60, boot=boot, boot_s=seconds))
    assert desk.station.is_online()
    desk.clock.set(desk.clock.now() - timedelta(days=1))
    assert desk.station.is_online()
    desk.clock.move(3_600)
    assert not desk.station.is_online()
    desk.clock.reboot(desk.clock.now())
    assert not desk.station.is_online()


def test_a_scanner_that_works_again_has_no_fault_although_the_clock_went_back(desk: Desk) -> None:
    desk.equipment.report("scanner", "DEVICE-LOST")
    desk.clock.set(desk.clock.now() - timedelta(hours=2))
    desk.equipment.report("scanner", "")
    assert desk.kinds() == ["device.faulted", "clock.stepped", "device.recovered"]


def test_a_book_returned_with_a_dead_battery_stands_here(desk: Desk) -> None:
    """What was proven before the power went says that it cannot be the year 2000."""
    now = desk.clock.now()
    desk.store.journal.prove(desk.clock, now)
    desk.office.publishes(Copy(
        label=LABEL, isbn="9787506365437", status="on_loan", station="330211-01",
        last=Stamp(now - timedelta(hours=3), "330211-01", "x", 7),
    ))
    desk.clock.reboot(YEAR_2000)
    assert desk.lending.give_back(LABEL).how == "returned"
    copy = desk.lending.state_of(LABEL)
    assert (copy.status, copy.station) == ("on_shelf", desk.station.id)
