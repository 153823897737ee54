"""A scanner that reads label and ISBN of one book: the one book in the hand is lent or returned, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.published import copy

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

BOOKS = {"YZ0000001X": "9787506365437", "YZ00000036": "9787536692930"}
ORDERS = {"label first": "LI", "ISBN first": "IL", "again and again": "ILILLI"}
STEPS = {"借书": ("BookBorrowed", "借好了"), "还书": ("BookReturned", "还好了")}


def codes_of(label: str, order: str) -> tuple[str, ...]:
    return tuple(label if sign == "L" else BOOKS[label] for sign in order)


def at_one_pull(kiosk: Kiosk, codes: tuple[str, ...]) -> None:
    before = kiosk.app.scans
    kiosk.scanner.scan("\r\n".join(codes))
    kiosk.wait(lambda: kiosk.app.scans >= before + len(codes))
    kiosk.settle()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("label", BOOKS)
@pytest.mark.parametrize("step", STEPS)
def test_label_and_isbn_at_one_pull_are_one_book(kiosk: Kiosk, step: str, label: str, order: str) -> None:
    if step == "还书":
        kiosk.office.publishes(copy(label, isbn=BOOKS[label], status="on_loan"))
    kiosk.tap(step).scan("YZ99999993")      # so that the scanner is surely open, and this is on 借好了
    at_one_pull(kiosk, codes_of(label, ORDERS[order]))
    kind, words = STEPS[step]
    assert [event.label for event in kiosk.events()] == ["YZ99999993", label]  # type: ignore[union-attr]
    assert kiosk.kinds()[-1] == kind
    assert kiosk.says(words)


def test_a_presentation_scanner_that_sees_both_again_and_again_lends_once(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    for code in ("YZ0000001X", "9787506365437") * 4:
        kiosk.pass_time(0.5).scan(code)
        assert kiosk.says("借好了")
    for code in ("YZ0000001X", "9787506365437") * 10:
        kiosk.pass_time(2).scan(code)
    assert kiosk.shows("home"), "a book that is left there asks for nothing more"
    assert kiosk.kinds() == ["BookBorrowed", "VisitEnded"]


def test_a_book_lent_by_its_isbn_turns_out_to_be_another_copy(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("9787536692930")
    kiosk.pass_time(1).scan("YZ00000044").scan("9787536692930")
    assert kiosk.kinds() == ["BookBorrowed", "BookShelved", "BookBorrowed"]
    assert kiosk.says("借好了")
    kiosk.tap("完成")
    assert kiosk.offers("三体"), "the copy that nobody took stands here"


def test_a_returned_book_that_stays_under_the_scanner_stays_returned(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy("YZ0000001X", status="on_loan"))
    kiosk.scan("YZ0000001X").tap("还这本")
    for _time in range(3):
        kiosk.pass_time(1).scan("YZ0000001X").scan("9787506365437")
        assert kiosk.says("还好了")
    assert kiosk.kinds() == ["BookReturned"]
