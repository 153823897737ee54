"""Folding copies on gives what folding them anew gives, whatever comes in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sync.central.core.models import Counter, Document
from sync.central.core.projecting.projector import project_all
from sync.central.library.following import refold
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved
from tests.chance import tries

from .conftest import enrolled, on_both_databases
from .fake_station import FakeStation
from .test_projector import AT, LABEL, catalogue, tell

pytestmark = on_both_databases
EVENTS = st.sampled_from([
    BookBorrowed(label=LABEL, due_on=date(2026, 12, 1)),
    BookBorrowed(label=LABEL, due_on=date(2026, 12, 2), borrower="hash"),
    BookReturned(label=LABEL),
    BookShelved(label=LABEL),
])
# Which station says what, and when by its clock, which jumps; None: it begins a new epoch and tells some of it again.
STEPS = st.lists(max_size=14, elements=st.tuples(
    st.integers(0, 1), st.lists(st.tuples(st.integers(0, 9), EVENTS), max_size=3) | st.integers(1, 4), st.booleans(),
))


def body() -> str | None:
    return Document.objects.get(type="copy", key=LABEL).body


class AnyOrder(TestCase):
    """A book between two stations."""

    @settings(max_examples=tries(15))
    @given(steps=STEPS)
    def test_folded_on_a_copy_is_where_folding_all_its_events_puts_it(
        self, steps: list[tuple[int, list[tuple[int, BookEvent]] | int, bool]]
    ) -> None:
        stations = [enrolled("330502-01"), enrolled("330502-02", "凤凰")]
        catalogue(LABEL)
        told: list[list[tuple[int, BookEvent]]] = [[], []]
        for which, what, shall_project in steps:
            station = stations[which]
            if isinstance(what, int):
                station.epoch, station.next_seq, station.acked = f"{station.epoch}+", 1, 0
            news = told[which][-what:] if isinstance(what, int) else what
            told[which] += news
            station.sync([station.line(event, at=AT + timedelta(minutes=minute)) for minute, event in news])
            if shall_project:
                project_all()
        project_all()
        folded_on, rev = body(), Counter.objects.get().rev
        refold([LABEL])
        assert body() == folded_on
        assert Counter.objects.get().rev == rev


@pytest.mark.django_db
def test_what_comes_in_order_is_folded_without_a_look_at_what_came_before(station: FakeStation) -> None:
    catalogue(LABEL)
    tell(station, *[BookReturned(label=LABEL)] * 20)
    with CaptureQueriesContext(connection) as queries:
        tell(station, BookBorrowed(label=LABEL, due_on=AT.date()), at=AT + timedelta(days=1))
    assert not [query["sql"] for query in queries if "core_event" in query["sql"] and '"subject" IN' in query["sql"]]
    station.epoch, station.next_seq, station.acked = "another disk", 1, 0
    with CaptureQueriesContext(connection) as queries:
        tell(station, BookReturned(label=LABEL), at=AT - timedelta(days=1))
    assert [query["sql"] for query in queries if "core_event" in query["sql"] and '"subject" IN' in query["sql"]]
    assert '"loans":1' in (body() or "")


@pytest.mark.django_db
def test_a_clock_that_was_years_ahead_does_not_hold_a_book_there() -> None:
    ahead, other = enrolled("330502-01"), enrolled("330502-02", "凤凰")
    catalogue(LABEL)
    later = datetime.now(UTC) + timedelta(days=9_000)
    ahead.sync([ahead.line(BookBorrowed(label=LABEL, due_on=date(2026, 12, 1)), at=later)])
    tell(other, BookShelved(label=LABEL), at=datetime.now(UTC))
    copy = decode_document(docs.Copy, body() or "")
    assert (copy.status, copy.station) == ("on_shelf", "330502-02")
