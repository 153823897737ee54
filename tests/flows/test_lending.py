"""Borrowing and returning at the screen, with bytes on a real pseudo-terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices.codes import make_label
from tests.published import copy, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

LIVING, LIVING_TOO, THREE_BODY, ELSEWHERE = "YZ0000001X", "YZ00000028", "YZ00000036", "YZ00000044"


def test_scan_at_home_then_borrow(kiosk: Kiosk) -> None:
    kiosk.scan(LIVING)
    assert kiosk.shows("book")
    assert kiosk.says("活着")
    kiosk.tap("借这本")
    assert kiosk.says("借好了")
    assert kiosk.says("12 月 23 日前，还到任一驿站都可以")
    assert kiosk.kinds() == ["BookBorrowed"]


def test_on_the_borrow_screen_a_scan_borrows_at_once(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan(LIVING)
    assert kiosk.says("借好了")


def test_on_the_return_screen_a_scan_returns_at_once(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy(LIVING, status="on_loan", stops=("330211-01", "330502-01")))
    kiosk.tap("还书").scan(LIVING)
    assert kiosk.says("还好了")
    assert kiosk.says("它已漂流 2 站")
    assert kiosk.kinds() == ["BookReturned"]


def test_the_next_book_can_be_scanned_on_the_result(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan(LIVING).scan(THREE_BODY)
    assert kiosk.says("三体")
    assert kiosk.kinds() == ["BookBorrowed", "BookBorrowed"]


def test_the_same_label_within_five_seconds_is_one_scan(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan(LIVING)
    kiosk.pass_time(1).scan(LIVING)
    assert kiosk.kinds() == ["BookBorrowed"]


def test_borrow_and_return_never_toggle(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan(LIVING)
    kiosk.tap("再借一本")
    kiosk.pass_time(6).scan(LIVING)
    assert kiosk.says("借好了")
    assert "BookReturned" not in kiosk.kinds()


def test_a_book_out_in_another_name_is_lent_again(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy(LIVING, status="on_loan", borrower="someone"))
    kiosk.tap("借书").scan(LIVING)
    assert kiosk.says("借好了")
    assert "someone" not in kiosk.words()
    assert kiosk.events()[-1].repaired  # type: ignore[union-attr]


def test_return_at_another_station_is_welcome(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy(ELSEWHERE, status="on_loan", station="330211-01", stops=("330211-01",)))
    kiosk.tap("还书").scan(ELSEWHERE)
    assert kiosk.says("还好了")
    assert kiosk.says("它已漂流 2 站")


def test_a_book_that_was_not_out_is_shelved(kiosk: Kiosk) -> None:
    kiosk.tap("还书").scan(LIVING)
    assert kiosk.says("已上架登记")
    assert kiosk.kinds() == ["BookShelved"]


def test_a_missing_book_is_found_again(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy(LIVING, status="missing"))
    kiosk.tap("还书").scan(LIVING)
    assert kiosk.says("找到了，谢谢")


def test_a_copy_nobody_knows_is_lent_by_its_label(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("YZ99999993")
    assert kiosk.says("借好了")
    assert kiosk.says("YZ 9999999-3")


def test_over_the_quota_says_what_to_do(kiosk: Kiosk) -> None:
    kiosk.office.publishes(settings(loan_quota=1))
    kiosk.pass_time(2).tap("借书").scan(LIVING).scan(THREE_BODY)
    assert kiosk.says("最多借 1 本，请先放回 1 本")
    assert kiosk.says("已借满 1 本")
    assert "LOAN-QUOTA" not in kiosk.words(), "a rule of the house is no breakdown"
    assert "求助电话" not in kiosk.words()
    assert kiosk.kinds() == ["BookBorrowed"]
    kiosk.tap("去还书").scan(LIVING)
    assert kiosk.says("还好了")


def test_an_isbn_with_several_copies_asks_which_one(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("9787506365437")
    assert kiosk.shows("choose")
    kiosk.tap("0000002-8")
    assert kiosk.says("借好了")
    assert kiosk.events()[-1].label == LIVING_TOO  # type: ignore[union-attr]


def test_copies_that_do_not_fit_on_the_screen_come_with_more(kiosk: Kiosk) -> None:
    kiosk.office.publishes(*(copy(make_label(number)) for number in range(500, 518)))
    kiosk.tap("借书").scan("9787506365437")
    assert kiosk.says("架上有 20 本")
    for _page in range(3):
        assert not kiosk.offers("0000517-9")
        kiosk.tap("更多")
    kiosk.tap("0000517-9")
    assert kiosk.says("借好了")


def test_an_isbn_with_one_copy_here_takes_it(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("9787536692930")
    assert kiosk.says("借好了")
    assert kiosk.events()[-1].label == THREE_BODY  # type: ignore[union-attr]


def test_an_unreadable_label_can_be_typed(kiosk: Kiosk) -> None:
    kiosk.tap("借书").tap("手动输入")
    for key in "0000001":
        kiosk.tap_key(key)
    kiosk.tap_key("1")
    assert kiosk.says("编号不对")
    assert not kiosk.offers("确定")
    kiosk.tap_key("退格").tap_key("X")
    kiosk.tap("确定")
    assert kiosk.says("借好了")
    assert kiosk.events()[-1].label == LIVING  # type: ignore[union-attr]


def test_the_shelf_on_the_home_screen_follows(kiosk: Kiosk) -> None:
    assert kiosk.offers("三体")
    kiosk.tap("借书").scan(THREE_BODY)
    kiosk.tap("完成")
    assert kiosk.shows("home")
    assert not kiosk.offers("三体")
    assert kiosk.offers("活着")


def test_a_tap_on_a_cover_tells_where_the_book_is_and_lends_nothing(kiosk: Kiosk) -> None:
    kiosk.tap("三体")
    assert kiosk.says("这本书就在本站书架上")
    assert kiosk.says("想借？拿到书，扫书后的条码")
    assert not kiosk.offers("借这本")
    kiosk.scan(THREE_BODY).tap("借这本")
    assert kiosk.says("借好了")


def test_without_a_scanner_the_keypad_is_offered_first(kiosk: Kiosk) -> None:
    kiosk.scanner.unplug()
    assert kiosk.says("扫码器没连上")
    kiosk.tap("借书")
    assert kiosk.says("扫码器没连上")
    assert kiosk.offers("手动输入编号")
    kiosk.scanner.plug()
    assert kiosk.says("请扫书后的条码")
