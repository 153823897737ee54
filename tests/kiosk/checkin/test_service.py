from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.checkin.errors import NothingToUndo, UnknownTrade
from kiosk.stage.visit import member_hash
from sync.station.store import Standing
from tests.kiosk.conftest import Desk
from tests.published import MEMBER_KEY, member, settings


def known_member(desk: Desk, code: str = "M-0001") -> str:
    rules = settings(member_key=MEMBER_KEY)
    digest = member_hash(code, rules)
    desk.office.publishes(rules, member(digest))
    return digest


def test_a_tap_counts_one_visit(desk: Desk) -> None:
    shown = desk.checkins.check_in("food_delivery")
    assert shown.trade
    assert shown.trade.name == "外卖配送员"
    assert shown.visits_today == 1
    assert desk.kinds() == ["checkin.made"]


def test_an_unpublished_trade_is_refused_and_nothing_counted(desk: Desk) -> None:
    with pytest.raises(UnknownTrade):
        desk.checkins.check_in("pirate")
    assert desk.kinds() == []


def test_an_undone_checkin_is_not_counted(desk: Desk) -> None:
    shown = desk.checkins.check_in("courier")
    desk.clock.move(9)
    desk.checkins.undo(shown.checkin)
    assert desk.checkins.visits_today() == 0


def test_undo_is_refused_twice_late_or_for_a_stranger(desk: Desk) -> None:
    shown = desk.checkins.check_in("courier")
    desk.checkins.undo(shown.checkin)
    for checkin in (shown.checkin, "stranger"):
        with pytest.raises(NothingToUndo):
            desk.checkins.undo(checkin)
    late = desk.checkins.check_in("courier")
    desk.clock.move(16)
    with pytest.raises(NothingToUndo):
        desk.checkins.undo(late.checkin)
    assert desk.checkins.visits_today() == 1


def test_companions_count_and_need_a_first_one(desk: Desk) -> None:
    with pytest.raises(NothingToUndo):
        desk.checkins.add_companion()
    desk.checkins.check_in("courier")
    assert desk.checkins.add_companion().visits_today == 2


def test_a_member_is_counted_once_an_hour(desk: Desk) -> None:
    known_member(desk)
    first = desk.checkins.check_in_member("M-0001")
    assert first.trade
    assert first.trade.trade == "courier"
    desk.visits.end("home")
    desk.clock.move(59 * 60)
    again = desk.checkins.check_in_member("M-0001")
    assert again.already_at
    assert f"{again.already_at:%H:%M}" == "14:26"
    assert again.visits_today == 1
    desk.visits.end("home")
    desk.clock.move(2 * 60)
    assert desk.checkins.check_in_member("M-0001").visits_today == 2


def test_an_unknown_member_is_counted_without_a_name(desk: Desk) -> None:
    known_member(desk)
    shown = desk.checkins.check_in_member("M-9999")
    assert shown.unknown_member
    assert shown.visits_today == 1
    entry = desk.store.journal.last()
    assert entry
    assert entry.event.member == ""  # type: ignore[union-attr]


def test_the_code_of_a_member_is_nowhere_in_the_store(desk: Desk, tmp_path: Path) -> None:
    known_member(desk)
    desk.checkins.check_in_member("M-0001")
    for part in tmp_path.glob("station.db*"):
        assert b"M-0001" not in part.read_bytes()


def test_the_count_starts_again_at_local_midnight(desk: Desk) -> None:
    desk.checkins.check_in("courier")
    desk.clock.move(timedelta(hours=9, minutes=33).total_seconds())  # 14:26 → 23:59
    assert desk.checkins.visits_today() == 1
    desk.clock.move(120)
    assert desk.checkins.visits_today() == 0


def test_online_means_the_office_answered_lately(desk: Desk) -> None:
    assert not desk.station.is_online()
    desk.store.facts.put(Standing(last_success=desk.clock.now(), next_sync_s=60))
    assert desk.checkins.check_in("courier").online
    desk.clock.move(181)
    assert not desk.station.is_online()
    desk.store.facts.put(Standing(last_success=desk.clock.now(), failing="LINE-NONE"))
    assert not desk.station.is_online()


def test_the_end_of_a_visit_wipes_everything(desk: Desk) -> None:
    known_member(desk)
    desk.checkins.check_in_member("M-0001")
    desk.clock.move(42)
    desk.visits.end("idle")
    assert desk.visits.current.member == ""
    assert desk.visits.current.trade == ""
    assert desk.kinds()[-1] == "visit.ended"
    desk.visits.end("idle")
    assert desk.kinds().count("visit.ended") == 1


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Asia", "a" * 10_000, "", "tzdata.zi"])
def test_an_unknown_time_zone_falls_back(desk: Desk, zone: str) -> None:
    desk.office.publishes(settings(timezone=zone))
    assert desk.station.now().utcoffset() == timedelta(hours=8)
    assert desk.station.settings().timezone == "Asia/Shanghai"
