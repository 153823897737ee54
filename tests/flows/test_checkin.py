"""Checking in at the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.stage.visit import member_hash
from sync.protocol.documents import Trade
from sync.station.store import Standing
from tests.published import MEMBER_KEY, member, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

CARD = "GH33050200001234"


def with_members(kiosk: Kiosk) -> None:
    rules = settings(member_key=MEMBER_KEY, member_pattern="GH[0-9]{14}")
    kiosk.office.publishes(rules, member(member_hash(CARD, rules), "courier"))
    kiosk.pass_time(2)


def test_one_tap_checks_in(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送")
    assert kiosk.says("签到成功，欢迎歇脚")
    assert kiosk.says("您是今天第 1 位")
    assert kiosk.kinds() == ["CheckedIn"]


def test_without_a_line_it_says_that_it_is_saved(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送")
    assert kiosk.says("已保存，联网后上传")


def test_with_a_line_it_does_not(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), next_sync_s=60))
    kiosk.pass_time(2)
    assert kiosk.says("已联网")
    kiosk.tap("外卖配送")
    assert kiosk.says("签到成功")
    assert "联网后上传" not in kiosk.words()


def test_undo_takes_it_back(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送").tap("撤销")
    assert kiosk.says("已撤销")
    assert kiosk.kinds() == ["CheckedIn", "CheckinUndone"]
    kiosk.tap("完成")
    assert kiosk.says("您是今天第一位")


def test_companions_are_counted_one_by_one(kiosk: Kiosk) -> None:
    kiosk.tap("快递").tap("+1 同伴").tap("+1 同伴")
    assert kiosk.says("您和 2 位同伴都签好了")
    assert kiosk.kinds() == ["CheckedIn"] * 3


def test_undo_takes_back_who_came_along_too(kiosk: Kiosk) -> None:
    kiosk.tap("快递").tap("+1 同伴").tap("+1 同伴").tap("撤销")
    assert kiosk.says("已撤销")
    assert kiosk.kinds() == [*["CheckedIn"] * 3, *["CheckinUndone"] * 3]
    assert not kiosk.offers("撤销")


def test_the_ninth_trade_can_be_tapped(kiosk: Kiosk) -> None:
    kiosk.office.publishes(*(
        Trade(trade=f"t{place}", name=f"工种{place}", short=f"工种{place}", icon="car", order=3) for place in range(8)
    ))
    kiosk.pass_time(2)
    assert not kiosk.offers("其他")
    kiosk.tap("更多").tap("其他")
    assert kiosk.says("签到成功")


def test_a_second_tap_within_two_seconds_counts_nothing(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送").tap("首页").tap("外卖配送")
    assert kiosk.screen == "home"
    assert kiosk.kinds().count("CheckedIn") == 1
    kiosk.pass_time(2).tap("外卖配送")
    assert kiosk.kinds().count("CheckedIn") == 2


def test_a_member_code_checks_in_with_their_trade_once_an_hour(kiosk: Kiosk) -> None:
    with_members(kiosk)
    kiosk.scan(CARD)
    assert kiosk.says("签到成功")
    assert kiosk.says("快递员")
    kiosk.tap("完成")
    kiosk.pass_time(600).scan(CARD)
    assert kiosk.says("您 14:26 已签到")
    assert kiosk.kinds().count("CheckedIn") == 1


def test_an_unknown_member_is_counted_without_a_name(kiosk: Kiosk) -> None:
    with_members(kiosk)
    kiosk.scan("GH00000000000000")
    assert kiosk.says("没查到会员，已按匿名签到")


def test_a_card_leaves_by_itself_and_takes_the_visit_along(kiosk: Kiosk) -> None:
    with_members(kiosk)
    kiosk.scan(CARD)
    kiosk.pass_time(11)
    assert kiosk.shows("home")
    assert kiosk.kinds()[-1] == "VisitEnded"
    assert "快递员" not in kiosk.words()


def test_home_counts_the_day(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送").tap("完成")
    assert kiosk.says("今天已有 1 位劳动者在这里休息")


def test_no_card_number_reaches_the_log(kiosk: Kiosk, caplog: object) -> None:
    with_members(kiosk)
    kiosk.scan(CARD).scan("unknown-ID-330502199001011234")
    assert CARD not in caplog.text  # type: ignore[attr-defined]
    assert "199001011234" not in caplog.text  # type: ignore[attr-defined]
