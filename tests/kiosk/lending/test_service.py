from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from devices.codes import make_label
from kiosk.lending.errors import BorrowerNeeded, QuotaReached
from kiosk.stage.equipment import EquipmentService
from kiosk.stage.visit import member_hash
from sync.protocol.documents import Stamp, encode_document
from sync.protocol.wire import Published
from sync.station.errors import NotEnrolled
from tests.kiosk.conftest import Desk
from tests.published import MEMBER_KEY, STATION, copy, member, settings

LABEL = "YZ0000001X"


def last(desk: Desk) -> Any:  # each test names the kind it means
    entry = desk.store.journal.last()
    assert entry
    return entry.event


def test_a_loan_is_due_after_the_offices_days(desk: Desk) -> None:
    loan = desk.lending.borrow(LABEL)
    assert loan.due_on == date(2026, 12, 23)
    assert loan.book.status == "on_loan"
    assert loan.book.title
    assert loan.book.title.title == "活着"
    assert last(desk).label == LABEL


@pytest.mark.parametrize(("days", "due_on"), [
    (-1, date(2026, 11, 24)), (0, date(2026, 11, 24)), (3_000_000, date(2027, 11, 24)), (10**12, date(2027, 11, 24)),
])
def test_days_that_make_no_sense_stop_no_loan(desk: Desk, days: int, due_on: date) -> None:
    desk.office.publishes(settings(loan_days=days))
    assert desk.lending.borrow(LABEL).due_on == due_on


@pytest.mark.parametrize("quota", [0, -5])
def test_a_station_that_may_lend_nothing_says_so(desk: Desk, quota: int) -> None:
    desk.office.publishes(settings(loan_quota=quota))
    with pytest.raises(QuotaReached) as fault:
        desk.lending.borrow(LABEL)
    assert fault.value.next_step == "本站暂时不外借，可以在这里看"


def test_a_copy_with_a_time_that_cannot_be_compared_is_left_out(desk: Desk) -> None:
    desk.lending.borrow(LABEL)
    body = encode_document(copy(LABEL, last=Stamp(datetime(2026, 1, 1, tzinfo=UTC), "x", "e", 1)))
    naive = msgspec.Raw(body.replace(b"00:00Z", b"00:00"))
    assert naive != body
    desk.store.absorb(desk.store.facts.identity().epoch, 0, [], [Published("copy", LABEL, 99, naive)], "cursor")
    assert desk.lending.glance().count == 2
    assert desk.lending.give_back(LABEL).book.here


def test_a_book_out_in_another_name_is_lent_again(desk: Desk) -> None:
    desk.office.publishes(copy(LABEL, status="on_loan", borrower="someone"))
    desk.lending.borrow(LABEL)
    assert last(desk).repaired


def test_lending_again_in_the_same_visit_is_no_second_loan(desk: Desk) -> None:
    desk.lending.borrow(LABEL)
    assert desk.lending.borrow(LABEL).due_on == date(2026, 12, 23)
    assert desk.kinds() == ["book.borrowed"]


def test_returning_twice_in_a_visit_is_one_return(desk: Desk) -> None:
    desk.lending.borrow(LABEL)
    assert desk.lending.give_back(LABEL).how == "returned"
    desk.lending.give_back(LABEL)
    assert desk.kinds() == ["book.borrowed", "book.returned"]


def test_return_at_another_station_moves_the_copy_there(desk: Desk) -> None:
    desk.office.publishes(copy("YZ00000044", station="330211-01", status="on_loan", stops=("330211-01",)))
    shown = desk.lending.give_back("YZ00000044")
    assert shown.how == "returned"
    assert shown.book.here
    assert shown.book.stops == ("暖新驿站", "衣裳街")


def test_a_book_not_on_loan_is_shelved_and_a_missing_one_found(desk: Desk) -> None:
    assert desk.lending.give_back(LABEL).how == "shelved"
    desk.office.publishes(copy("YZ00000028", status="missing"))
    assert desk.lending.give_back("YZ00000028").how == "found"
    assert desk.lending.look_up("YZ00000028").here
    assert desk.kinds() == ["book.shelved", "book.shelved"]


def test_a_label_nobody_knows_is_accepted_raw(desk: Desk) -> None:
    loan = desk.lending.borrow("YZ99999993")
    assert not loan.book.known
    assert desk.lending.look_up("YZ99999993").status == "on_loan"


def test_the_quota_holds_within_a_visit_and_a_return_frees_it(desk: Desk) -> None:
    for label in ("YZ0000001X", "YZ00000028", "YZ00000036"):
        desk.lending.borrow(label)
    with pytest.raises(QuotaReached) as refused:
        desk.lending.borrow("YZ00000044")
    assert refused.value.next_step == "最多借 3 本，请先放回 1 本"
    desk.lending.give_back("YZ00000028")
    desk.lending.borrow("YZ00000044")


def test_a_member_keeps_the_quota_over_visits(desk: Desk) -> None:
    rules = settings(member_key=MEMBER_KEY, loan_identity="member", loan_quota=1)
    desk.office.publishes(rules, member(member_hash("M-0001", rules)))
    with pytest.raises(BorrowerNeeded):
        desk.lending.borrow(LABEL)
    desk.checkins.check_in_member("M-0001")
    desk.lending.borrow(LABEL)
    desk.visits.end("home")
    desk.visits.recognise("M-0001")
    with pytest.raises(QuotaReached):
        desk.lending.borrow("YZ00000028")
    desk.lending.give_back(LABEL)
    desk.lending.borrow("YZ00000028")


def test_trade_is_recorded_only_where_the_office_asks_for_it(desk: Desk) -> None:
    desk.checkins.check_in("courier")
    desk.lending.borrow(LABEL)
    assert last(desk).trade == ""
    desk.office.publishes(settings(loan_identity="trade"))
    desk.lending.borrow("YZ00000028")
    assert last(desk).trade == "courier"


def test_an_isbn_finds_the_copies_on_this_shelf(desk: Desk) -> None:
    assert [book.label for book in desk.lending.look_up_isbn("9787506365437")] == ["YZ0000001X", "YZ00000028"]
    desk.lending.borrow("YZ0000001X")
    assert [book.label for book in desk.lending.look_up_isbn("9787506365437")] == ["YZ00000028"]


def test_what_the_office_has_folded_in_is_not_folded_twice(desk: Desk) -> None:
    desk.lending.borrow(LABEL)
    stamp = Stamp(datetime(2026, 11, 23, 6, 26, tzinfo=UTC), STATION, "epoch-1", 1)
    seen = {f"{STATION}/epoch-1": 1}
    desk.office.publishes(copy(LABEL, status="on_loan", loans=1, last=stamp, seen=seen, stops=(STATION,)))
    assert desk.lending.look_up(LABEL).readers == 1


def test_an_unknown_code_is_kept_printable_and_capped(desk: Desk) -> None:
    desk.lending.note_unknown("\x00码" + "x" * 900)
    assert last(desk).raw == "码" + "x" * 63


def test_a_glance_shows_the_shelf_as_it_is_now(desk: Desk) -> None:
    shelf = desk.lending.glance()
    assert shelf.count == 3
    assert sorted(book.title.title for book in shelf.books if book.title) == ["三体", "活着"]
    desk.lending.borrow("YZ00000036")
    assert [book.title.title for book in desk.lending.glance().books if book.title] == ["活着"]
    desk.lending.give_back("YZ00000044")
    assert desk.lending.glance().count == 3


def test_the_shelf_follows_the_office(desk: Desk) -> None:
    desk.lending.glance()
    desk.office.publishes(copy("YZ0000001X", station="330211-01"))
    assert desk.lending.glance().count == 2


def test_a_device_fault_is_told_once_and_so_is_its_recovery(desk: Desk) -> None:
    for code in ("DEV-LOST", "DEV-LOST", "", ""):
        desk.equipment.report("scanner", code)
    assert desk.kinds() == ["device.faulted", "device.recovered"]


def test_a_device_that_failed_before_a_restart_recovers_after_it(desk: Desk) -> None:
    desk.equipment.report("scanner", "DEV-LOST")
    desk.clock.move(60)
    EquipmentService(desk.store, desk.station).report("scanner", "")
    assert desk.kinds() == ["device.faulted", "device.recovered"]


def test_a_device_fault_that_could_not_be_recorded_is_told_later(desk: Desk) -> None:
    identity = desk.store.facts.identity()
    desk.store._db.execute("DELETE FROM fact WHERE name = 'Identity'")
    with pytest.raises(NotEnrolled):
        desk.equipment.report("scanner", "DEV-LOST")
    desk.store.facts.put(identity)
    desk.equipment.report("scanner", "DEV-LOST")
    assert desk.kinds() == ["device.faulted"]


def test_a_month_later_the_loan_still_stands(desk: Desk) -> None:
    desk.lending.borrow(LABEL)
    desk.clock.move(timedelta(days=31).total_seconds())
    assert desk.lending.look_up(LABEL).status == "on_loan"
    assert desk.lending.glance().count == 2


def test_1203_copies_here_are_1203(desk: Desk) -> None:
    desk.office.publishes(*(copy(make_label(number), isbn="9787506365437") for number in range(1_000, 2_201)))
    assert desk.lending.glance().count == 1_201 + 3
    assert len(desk.lending.look_up_isbn("9787506365437")) == 1_201 + 2
