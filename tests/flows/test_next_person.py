"""Everything of a visit belongs to the person who last showed who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.stage.visit import member_hash
from tests.flows.test_checkin import CARD
from tests.flows.test_steps import LIVING, THREE_BODY, with_loans_for_members
from tests.published import MEMBER_KEY, member, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

OTHER = "GH33050200005678"


def two_members(kiosk: Kiosk) -> str:
    """The second one's hash."""
    second = member_hash(OTHER, settings(member_key=MEMBER_KEY))
    kiosk.office.publishes(member(second, "courier"))
    with_loans_for_members(kiosk, loan_quota=1)
    return second


def test_the_next_member_borrows_in_their_own_name(kiosk: Kiosk) -> None:
    second = two_members(kiosk)
    kiosk.tap("借书").scan(CARD).scan(LIVING)
    assert kiosk.says("借好了")
    kiosk.scan(OTHER).scan(THREE_BODY)
    assert kiosk.says("借好了")
    assert kiosk.kinds() == ["CheckedIn", "BookBorrowed", "VisitEnded", "CheckedIn", "BookBorrowed"]
    assert kiosk.events()[2].how == "next"  # type: ignore[union-attr]
    assert kiosk.events()[-1].borrower == second  # type: ignore[union-attr]


def test_who_did_something_without_a_card_is_not_the_member_who_comes_next(kiosk: Kiosk) -> None:
    two_members(kiosk)
    kiosk.tap("快递").scan(OTHER)
    assert kiosk.kinds() == ["CheckedIn", "VisitEnded", "CheckedIn"]


def test_the_same_card_again_is_the_same_visit(kiosk: Kiosk) -> None:
    two_members(kiosk)
    kiosk.tap("借书").scan(CARD).scan(LIVING)
    kiosk.pass_time(6).scan(CARD)
    assert "VisitEnded" not in kiosk.kinds()[:-1] or kiosk.events()[2].how == "idle"  # type: ignore[union-attr]


def test_a_companion_is_counted_with_the_member_who_came_last(kiosk: Kiosk) -> None:
    two_members(kiosk)
    kiosk.scan(OTHER).tap("完成")
    kiosk.pass_time(60).scan(CARD).scan(OTHER)
    assert kiosk.says("已签到")
    assert not kiosk.offers("+1 同伴")


def test_a_card_after_a_return_does_not_give_back_what_is_to_be_borrowed(kiosk: Kiosk) -> None:
    two_members(kiosk)
    kiosk.tap("还书").scan(LIVING).scan(OTHER).scan(THREE_BODY)
    assert kiosk.shows("book")


def test_a_book_within_ten_seconds_of_a_card_is_its_holders(kiosk: Kiosk) -> None:
    second = two_members(kiosk)
    kiosk.scan(OTHER)
    kiosk.pass_time(9).scan(LIVING)
    kiosk.tap("借这本")
    assert kiosk.says("借好了")
    assert kiosk.events()[-1].borrower == second  # type: ignore[union-attr]


def test_a_book_after_the_card_has_left_is_nobodys(kiosk: Kiosk) -> None:
    two_members(kiosk)
    kiosk.scan(OTHER)
    kiosk.pass_time(16).scan(LIVING)
    kiosk.tap("借这本")
    assert kiosk.says("请先扫一下会员码")
