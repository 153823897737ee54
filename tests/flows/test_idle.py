"""Nobody sees the worker before them: what happens when nobody touches the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.lending.service import InHand

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk


def test_an_open_card_asks_after_thirty_seconds_and_leaves_fifteen_later(kiosk: Kiosk) -> None:
    kiosk.scan("YZ0000001X")
    kiosk.pass_time(29)
    assert "还在吗" not in kiosk.words()
    kiosk.pass_time(2)
    assert kiosk.says("还在吗")
    kiosk.pass_time(15)
    assert kiosk.shows("home")
    assert kiosk.events()[-1].how == "idle"  # type: ignore[union-attr]


def test_a_touch_keeps_the_card_and_presses_nothing_under_it(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    kiosk.pass_time(31)
    assert kiosk.says("还在吗")
    kiosk.touch(540, 500)
    assert kiosk.screen == "borrow"
    assert "还在吗" not in kiosk.words()
    kiosk.pass_time(29)
    assert kiosk.screen == "borrow"


def test_a_scan_counts_as_being_there(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    kiosk.pass_time(31).scan("YZ0000001X")
    assert kiosk.says("借好了")


def test_a_loan_card_with_two_sentences_leaves_after_fifteen_seconds(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("YZ0000001X")
    kiosk.pass_time(14)
    assert kiosk.says("借好了")
    kiosk.pass_time(2)
    assert kiosk.shows("home")


def test_a_touch_holds_a_card(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("YZ0000001X")
    kiosk.pass_time(14).touch(180, 400)
    kiosk.pass_time(14)
    assert kiosk.says("借好了")


def test_a_card_with_a_sentence_leaves_after_ten_seconds(kiosk: Kiosk) -> None:
    kiosk.scan("6901234567892")
    kiosk.pass_time(9)
    assert kiosk.screen == "unknown"
    kiosk.pass_time(2)
    assert kiosk.shows("home")


def test_leaving_frees_the_quota_of_an_unnamed_visit(kiosk: Kiosk) -> None:
    kiosk.tap("借书").scan("YZ0000001X")
    kiosk.pass_time(16)
    assert kiosk.shows("home")
    assert kiosk.app.stage is not None
    kiosk.settle()
    assert kiosk.app.stage.opened.visits.current.of(InHand).borrowed == []


def test_home_stays_home(kiosk: Kiosk) -> None:
    kiosk.pass_time(120)
    assert kiosk.screen == "home"
    assert kiosk.kinds() == []
