from __future__ import annotations

import threading
from datetime import date, datetime, timedelta, timezone

import pytest
import time_machine
from django.utils.timezone import now as timezone_now

from sync.central.core.models import Journal, Quarantine
from sync.central.core.projecting.projector import Projector, project_all
from sync.central.core.projecting.read_models import ReadModel
from sync.central.library.catalogue import add_copies, add_titles
from sync.central.library.models import Copy, Move
from sync.central.visits.models import DailyCount
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document
from sync.protocol.events import BookBorrowed, BookReturned, BookShelved, CheckedIn, CheckinUndone, Event
from sync.protocol.wire import Health

from .conftest import enrolled, on_both_databases, telling
from .fake_station import CHINA, FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]

AT = datetime(2026, 11, 23, 9, 12, tzinfo=CHINA)
LABEL = "YZ0000001X"


def tell(station: FakeStation, *events: Event, at: datetime = AT) -> None:
    """Send these events, a minute apart, and project them."""
    lines = [station.line(event, at=at + timedelta(minutes=place)) for place, event in enumerate(events)]
    if station.sync(lines).receipt.head != station.next_seq - 1:
        raise RuntimeError("not all stored")
    project_all()


def cells() -> list[tuple[date, int, str, int, int]]:
    rows = DailyCount.objects.order_by("date", "hour", "trade")
    return [(row.date, row.hour, row.trade, row.visits, row.companions) for row in rows]


def catalogue(*labels: str, station: str = "330502-01") -> None:
    add_titles([docs.Title(isbn="9787506365437", title="活着")])
    add_copies([
        docs.Copy(label=label, isbn="9787506365437", station=station, stops=(station,)) for label in labels
    ])


def published(station: FakeStation) -> dict[str, docs.Copy]:
    """The copies this station is told of now."""
    found = [document for document in station.pull() if document.type == "copy"]
    return {document.key: decode_document(docs.Copy, bytes(document.body or b"")) for document in found}


def test_checkins_are_counted_by_the_local_hour_and_trade(station: FakeStation) -> None:
    tell(
        station,
        CheckedIn(checkin="a", trade="courier"),
        CheckedIn(checkin="b", trade="courier", companion=True),
        CheckedIn(checkin="c", trade="sanitation"),
    )
    assert cells() == [(AT.date(), 9, "courier", 2, 1), (AT.date(), 9, "sanitation", 1, 0)]


def test_the_day_is_the_stations_own(station: FakeStation) -> None:
    tell(station, CheckedIn(checkin="a", trade="courier"), at=datetime(2026, 11, 23, 0, 30, tzinfo=CHINA))
    kashgar = timezone(timedelta(hours=6))
    tell(station, CheckedIn(checkin="b", trade="courier"), at=datetime(2026, 11, 23, 23, 30, tzinfo=kashgar))
    assert [(day, hour) for day, hour, *_ in cells()] == [(AT.date(), 0), (AT.date(), 23)]


def test_a_checkin_taken_back_is_not_counted(station: FakeStation) -> None:
    tell(station, CheckedIn(checkin="a", trade="courier", companion=True))
    tell(station, CheckinUndone(checkin="a"))
    assert [(visits, companions) for *_, visits, companions in cells()] == [(0, 0)]
    tell(station, CheckinUndone(checkin="a"), CheckinUndone(checkin="never"))
    assert [visits for *_, visits, _ in cells()] == [0]


def test_an_undo_told_before_its_checkin_still_holds(station: FakeStation) -> None:
    tell(station, CheckinUndone(checkin="a"), CheckedIn(checkin="a", trade="courier"))
    assert cells() == []


def test_a_checkin_carried_into_a_new_epoch_counts_once(station: FakeStation) -> None:
    tell(station, CheckedIn(checkin="a", trade="courier"))
    station.epoch, station.next_seq, station.acked = "epoch-2", 1, 0
    tell(station, CheckedIn(checkin="a", trade="courier"))
    assert [visits for *_, visits, _ in cells()] == [1]


def test_a_borrowed_copy_is_published_out_and_back_at_another_station() -> None:
    here, there = enrolled(), enrolled("330211-01", "镇海", "330211")
    catalogue(LABEL)
    here.sync(), there.sync()
    tell(here, BookBorrowed(label=LABEL, due_on=date(2026, 12, 23), borrower="hash"))
    copy = published(here)[LABEL]
    assert (copy.status, copy.loans, copy.borrower, copy.stops) == ("on_loan", 1, "hash", ("330502-01",))
    tell(there, BookReturned(label=LABEL), at=AT + timedelta(days=3))
    copy = published(here)[LABEL]
    assert (copy.status, copy.station, copy.stops) == ("on_shelf", "330211-01", ("330502-01", "330211-01"))
    assert copy.names == {"330502-01": "衣裳街", "330211-01": "镇海"}
    assert Copy.objects.get().station_id == "330211-01"
    assert list(Move.objects.order_by("at_utc").values_list("kind", flat=True)) == ["book.borrowed", "book.returned"]


def test_a_loan_carried_into_a_new_epoch_counts_once(station: FakeStation) -> None:
    catalogue(LABEL)
    borrowed = BookBorrowed(label=LABEL, due_on=date(2026, 12, 23))
    tell(station, borrowed, CheckedIn(checkin="a", trade="courier"))
    station.epoch, station.next_seq, station.acked = "epoch-2", 1, 0
    tell(station, CheckedIn(checkin="b", trade="courier"), at=AT + timedelta(hours=1))
    tell(station, borrowed)
    copy = published(station)[LABEL]
    assert (copy.loans, copy.seen) == (1, {"330502-01/epoch-1": 1, "330502-01/epoch-2": 2})
    assert Move.objects.count() == 1


def test_a_loan_told_late_does_not_move_the_copy_back() -> None:
    here, there = enrolled(), enrolled("330211-01", "镇海", "330211")
    catalogue(LABEL)
    tell(there, BookReturned(label=LABEL), at=AT + timedelta(days=3))
    tell(here, BookBorrowed(label=LABEL, due_on=date(2026, 12, 23)))
    copy = published(here)[LABEL]
    assert (copy.status, copy.station, copy.loans) == ("on_shelf", "330211-01", 1)
    assert copy.seen == {"330502-01/epoch-1": 1, "330211-01/epoch-1": 1}


def test_a_label_nobody_knows_is_listed_and_nothing_published(station: FakeStation) -> None:
    tell(station, BookBorrowed(label="no such\0label" * 9, due_on=date(2026, 12, 23)))
    assert Move.objects.count() == 1
    assert published(station) == {}


def test_a_copy_catalogued_after_it_was_lent_is_where_its_events_say(station: FakeStation) -> None:
    tell(station, BookBorrowed(label=LABEL, due_on=date(2026, 12, 23)))
    catalogue(LABEL)
    assert published(station)[LABEL].status == "on_loan"


def test_what_was_projected_is_not_projected_again(station: FakeStation) -> None:
    catalogue(LABEL)
    tell(station, CheckedIn(checkin="a", trade="courier"), BookShelved(label=LABEL))
    station.sync()
    assert Projector().step() is None
    assert published(station) == {}


def test_rejected_numbers_do_not_hold_the_mark_back(station: FakeStation) -> None:
    station.sync([station.line(CheckedIn(checkin="a", trade="x"), at=AT), b"poison", b"poison too"])
    project_all()
    assert Journal.objects.get().projected == 3


def test_more_than_one_batch(station: FakeStation) -> None:
    tell(station, *(CheckedIn(checkin=f"c{number}", trade="courier") for number in range(1_203)))
    assert sum(visits for *_, visits, _ in cells()) == 1_203


def test_journals_take_turns(station: FakeStation, read_models: list[ReadModel]) -> None:
    turns: list[str] = []
    read_models.append(telling(lambda events: turns.append(events[0].station)))
    other = enrolled("330502-02", "凤凰")
    for one in (station, other):
        one.sync([one.line(CheckedIn(checkin=f"c{number}", trade="courier"), at=AT) for number in range(1_200)])
    project_all()
    assert turns == ["330502-01", "330502-02"] * 3


def test_a_station_that_still_sends_is_projected_afterwards(station: FakeStation) -> None:
    projector = Projector(behind_senders=True)
    station.health = Health(pending=500)
    station.sync([station.line(CheckedIn(checkin="a", trade="courier"))])
    assert projector.drain(threading.Event()) == 0
    with time_machine.travel(timezone_now() + timedelta(seconds=6)):
        assert projector.drain(threading.Event()) == 1      # it has stopped in the middle
    station.sync([station.line(CheckedIn(checkin="b", trade="courier"))])
    assert projector.drain(threading.Event()) == 0
    station.health = Health(pending=1)
    station.sync([station.line(CheckedIn(checkin="c", trade="courier"))])
    assert projector.drain(threading.Event()) == 2


def test_kinds_of_a_newer_station_are_passed_over(station: FakeStation) -> None:
    line = b'{"seq":1,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"tea.poured"}}'
    station.sync([line])
    project_all()
    assert Journal.objects.get().projected == 1
    assert not Quarantine.objects.exists()


def test_times_no_calendar_holds_are_counted_somewhere(station: FakeStation) -> None:
    for number, year in enumerate((1, 9999)):
        tell(station, CheckedIn(checkin=f"c{number}", trade="x"), at=datetime(year, 12, 31, 23, tzinfo=CHINA))
    assert sum(visits for *_, visits, _ in cells()) == 2
