"""What a scan means belongs to the step one has come to, not to the card that happens to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flows.test_checkin import CARD, with_members
from tests.published import MEMBER_KEY, copy, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

LIVING, THREE_BODY = "YZ0000001X", "YZ00000036"
ON_THE_WAY = {
    "ISBN": "9787506365437", "periodical": "9771671688002", "grocery": "6901234567892",
    "bad label": "YZ00000010", "our own QR": "yizhan:course?a=1",
}


@pytest.mark.parametrize("code", ON_THE_WAY.values(), ids=ON_THE_WAY.keys())
def test_after_a_code_that_is_none_the_label_is_returned_at_once(kiosk: Kiosk, code: str) -> None:
    kiosk.office.publishes(copy(LIVING, status="on_loan"))
    kiosk.tap("还书").scan(code)
    assert kiosk.shows("unknown")
    kiosk.scan(LIVING)
    assert kiosk.says("还好了")


def test_back_from_such_a_code_leads_to_the_step(kiosk: Kiosk) -> None:
    kiosk.tap("还书").scan("6901234567892").tap("返回")
    assert kiosk.shows("give_back")
    kiosk.tap("首页").scan("6901234567892").tap("返回")
    assert kiosk.shows("home")


def test_a_label_scanned_at_the_keypad_is_returned_at_once(kiosk: Kiosk) -> None:
    kiosk.tap("还书").scan("6901234567892").tap("手动输入").scan(LIVING)
    assert kiosk.shows("returned")


def test_a_label_scanned_among_copies_to_choose_from_is_lent_at_once(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("9787506365437")
    assert kiosk.shows("choose")
    kiosk.scan(THREE_BODY)
    assert kiosk.says("借好了")


def test_home_ends_the_step(kiosk: Kiosk) -> None:
    kiosk.tap("还书").tap("首页").scan(LIVING)
    assert kiosk.shows("book")


def with_loans_for_members(kiosk: Kiosk, **more: object) -> None:
    with_members(kiosk)
    kiosk.office.publishes(
        settings(member_key=MEMBER_KEY, member_pattern="GH[0-9]{14}", loan_identity="member", **more)
    )
    kiosk.pass_time(2)


def test_card_first_then_book(kiosk: Kiosk) -> None:
    with_loans_for_members(kiosk)
    kiosk.tap("借书").scan(CARD).scan(LIVING)
    assert kiosk.says("借好了")
    assert kiosk.kinds() == ["CheckedIn", "BookBorrowed"]


def test_book_first_then_card(kiosk: Kiosk) -> None:
    with_loans_for_members(kiosk)
    kiosk.tap("借书").scan(LIVING)
    assert kiosk.says("请先扫一下会员码")
    kiosk.scan(CARD)
    assert kiosk.says("借好了")
    assert kiosk.events()[-1].borrower  # type: ignore[union-attr]
    assert kiosk.kinds() == ["CheckedIn", "BookBorrowed"]


def test_book_first_then_a_card_that_nobody_knows(kiosk: Kiosk) -> None:
    with_loans_for_members(kiosk)
    kiosk.scan(LIVING).tap("借这本").scan("GH00000000000000")
    assert kiosk.shows("checked_in")
    assert kiosk.kinds() == ["CheckedIn"]
