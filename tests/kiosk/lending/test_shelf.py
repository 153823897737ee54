"""What the home screen shows of the shelf: every title has its day there, on every panel."""

from __future__ import annotations

import pytest

from devices.codes import make_label
from kiosk.lending.shelf import STEP
from sync.protocol.documents import Copy
from sync.protocol.events import BookReturned, CommandDone
from tests.kiosk.conftest import Desk
from tests.published import STATION, copy

_DAY_S = 86_400
_FIRST = 1_000_000


def fill(desk: Desk, count: int) -> set[str]:
    """Nothing but so many titles, one copy of each; their ISBNs."""
    elsewhere = [copy(known.label, station="330211-01") for known in desk.store.documents.all(Copy)]
    isbns = [f"97870{number:08}" for number in range(count)]
    desk.office.publishes(
        *elsewhere,
        *(Copy(label=make_label(_FIRST + number), isbn=isbn, station=STATION) for number, isbn in enumerate(isbns)),
    )
    return set(isbns)


@pytest.mark.parametrize("count", [1, 2, 7, 15, 16, 24, 1_203])
def test_every_title_has_its_day_on_the_shelf(desk: Desk, count: int) -> None:
    isbns = fill(desk, count)
    shelf = {known.label: known.isbn for known in desk.store.documents.all(Copy)}
    seen: set[str] = set()
    for _ in range(-(-count // STEP) + 1):
        glance = desk.lending.glance()
        assert glance.count == count
        seen |= {shelf[book.label] for book in glance.books[:STEP]}
        desk.clock.move(_DAY_S)
    assert seen == isbns


def test_the_shelf_is_the_same_all_day_long(desk: Desk) -> None:
    fill(desk, 24)
    books = desk.lending.glance().books
    desk.clock.move(3_600)
    assert desk.lending.glance().books == books


def test_what_the_office_had_done_is_no_book(desk: Desk) -> None:
    """An answer to a command waits in the journal under a subject of its own."""
    isbns = fill(desk, 3)
    command = "command/c1"
    desk.store.journal.append(
        CommandDone(command="c1", do="self_test", how="done"), at=desk.station.now(), subject=command
    )
    glance = desk.lending.glance()
    assert glance.count == len(isbns)
    assert desk.store.journal.subjects((BookReturned,), desk.station.now()) == set()


def test_what_others_told_under_a_label_moves_no_book(desk: Desk) -> None:
    fill(desk, 1)
    label = make_label(_FIRST)
    desk.store.journal.append(
        CommandDone(command="c1", do="self_test", how="done"), at=desk.station.now(), subject=label
    )
    assert desk.lending.state_of(label).status == "on_shelf"
