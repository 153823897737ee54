"""Label and ISBN of the one book in the hand, in any order and as often as a scanner likes."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.lending.service import InHand
from tests.chance import tries
from tests.kiosk.conftest import Desk

ISBNS = {"YZ0000001X": "9787506365437", "YZ00000036": "9787536692930", "YZ00000044": "9787536692930"}


@settings(max_examples=tries(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(ISBNS)), st.text("LI", max_size=8), st.floats(0.1, 4.9))
def test_one_book_is_lent_and_then_given_back(desk: Desk, label: str, order: str, pause_s: float) -> None:
    for code in order + "L" + order:
        desk.clock.move(pause_s)
        if code == "L":
            desk.lending.borrow(label)
        elif (books := desk.lending.scan_isbn(ISBNS[label])) is not None and len(books) == 1:
            desk.lending.borrow(books[0].label, by_isbn=True)
    assert desk.visits.current.of(InHand).borrowed == [label]
    out = [other for other in ISBNS if desk.lending.state_of(other).status == "on_loan"]
    assert out == [label]
    desk.visits.end("home")
    before = len(desk.kinds())
    for code in "L" + order + "L":
        desk.clock.move(pause_s)
        if code == "L":
            assert desk.lending.give_back(label).how == "returned"
        else:
            assert desk.lending.scan_isbn(ISBNS[label]) is None
    assert desk.kinds()[before:] == ["book.returned"]
    desk.visits.end("home")
