"""The drift fold: any order, any repetition, any split gives the same state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.documents import Copy, Stamp
from sync.protocol.drift import Placed, fold
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved

LABEL = "YZ0004217X"
START = datetime(2026, 11, 23, tzinfo=UTC)
BOOK = Copy(label=LABEL, isbn="9787506365437", status="missing", station="330211-01", stops=("330211-01",))


def placed(minute: int, event: BookEvent, *, station: str = "330502-01", epoch: str = "a", seq: int = 1) -> Placed:
    return Placed(Stamp(START + timedelta(minutes=minute), station, epoch, seq), event)


def borrowed(borrower: str = "") -> BookBorrowed:
    return BookBorrowed(label=LABEL, due_on=date(2026, 12, 23), borrower=borrower)


@st.composite
def journeys(draw: st.DrawFn) -> list[Placed]:
    """Events as stations may tell them: seq rises in each journal, clocks jump as they like."""
    found = []
    for station, epoch in [("330502-01", "a"), ("330502-01", "b"), ("330211-01", "a")]:
        for seq in range(1, draw(st.integers(0, 5)) + 1):
            event = draw(st.sampled_from([
                borrowed("x"), borrowed("y"), BookReturned(label=LABEL), BookShelved(label=LABEL),
            ]))
            found.append(placed(draw(st.integers(0, 6)), event, station=station, epoch=epoch, seq=seq))
    return found


@given(journeys(), st.data())
def test_any_interleaving_and_repetition_gives_the_same_state(events: list[Placed], data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events or [placed(0, borrowed())])))))
    extra = [event for event in mixed if event not in events]
    assert fold(BOOK, mixed) == fold(BOOK, events + extra)


@given(journeys(), st.data())
def test_what_came_later_may_be_folded_later(events: list[Placed], data: st.DataObject) -> None:
    ordered = sorted(events, key=lambda event: event.stamp)
    # `seen` covers a journal up to a seq, so the split must respect each journal's own order, as the wire does.
    rising = [
        event for event in ordered
        if all(
            other.stamp.seq < event.stamp.seq
            for other in ordered[: ordered.index(event)]
            if (other.stamp.station, other.stamp.epoch) == (event.stamp.station, event.stamp.epoch)
        )
    ]
    cut = data.draw(st.integers(0, len(rising)))
    assert fold(fold(BOOK, rising[:cut]), rising[cut:]) == fold(BOOK, rising)


@given(journeys())
def test_folding_again_changes_nothing(events: list[Placed]) -> None:
    once = fold(BOOK, events)
    assert fold(once, events) == once


@given(journeys())
def test_loans_are_counted_once_and_neighbouring_stops_differ(events: list[Placed]) -> None:
    copy = fold(BOOK, events)
    assert copy.loans == sum(isinstance(event.event, BookBorrowed) for event in events)
    assert all(left != right for left, right in zip(copy.stops, copy.stops[1:], strict=False))


def test_a_late_event_counts_but_does_not_move_the_book() -> None:
    now = fold(BOOK, [placed(10, BookReturned(label=LABEL), station="330211-01")])
    after = fold(now, [placed(5, borrowed("x"))])
    assert (after.status, after.station, after.borrower, after.loans) == ("on_shelf", "330211-01", "", 1)
    assert after.seen["330502-01/a"] == 1


def test_a_clock_set_back_undoes_no_return() -> None:
    lent, back = placed(10, borrowed("x"), seq=1), placed(4, BookReturned(label=LABEL), seq=2)
    at_once, one_by_one = fold(BOOK, [back, lent]), fold(fold(BOOK, [lent]), [back])
    assert at_once == one_by_one
    assert (at_once.status, at_once.borrower, at_once.loans) == ("on_shelf", "", 1)
    elsewhere = fold(at_once, [placed(11, borrowed("y"), station="650102-01")])
    assert elsewhere.status == "on_loan"


def test_covered_events_are_ignored() -> None:
    copy = fold(BOOK, [placed(1, borrowed("x"), seq=7)])
    assert fold(copy, [placed(9, BookReturned(label=LABEL), seq=7), placed(9, borrowed(), seq=3)]) == copy


def test_events_of_other_books_are_ignored() -> None:
    assert fold(BOOK, [placed(1, BookReturned(label="other"))]) == BOOK


def test_a_return_at_another_station_moves_the_copy_there() -> None:
    copy = fold(BOOK, [placed(1, borrowed("x")), placed(2, BookReturned(label=LABEL), station="650102-01")])
    assert (copy.status, copy.station, copy.borrower, copy.due_on) == ("on_shelf", "650102-01", "", None)
    assert copy.stops == ("330211-01", "330502-01", "650102-01")


def test_shelving_finds_a_missing_copy() -> None:
    assert fold(BOOK, [placed(1, BookShelved(label=LABEL))]).status == "on_shelf"
