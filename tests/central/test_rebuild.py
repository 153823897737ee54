from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from devices.codes import make_label
from sync.central.core.models import Counter, Digest, Document, Journal, Quarantine
from sync.central.core.projecting.projector import project_all
from sync.central.core.projecting.read_models import ReadModel, Told
from sync.central.core.repair.quarantine import replay
from sync.central.core.repair.rebuilding import empty_read_models, rebuild
from sync.central.library.models import Copy, Move
from sync.central.visits.models import Checkin, DailyCount
from sync.protocol.events import BookBorrowed, BookReturned, CheckedIn, CheckinUndone, Event, encode_entry

from .conftest import enrolled, on_both_databases, telling
from .fake_station import FakeStation
from .test_projector import AT, catalogue, tell

pytestmark = on_both_databases
LABELS = [make_label(number) for number in range(1, 6)]
# Everything that is made from events, in an order of its own; row numbers differ.
TABLES = {
    "core_digest": "scope, type, count, digest",
    "core_document": "scope, type, key, body",
    "library_copy": "label, status, loans, station_id",
    "library_move": "station_id, epoch, seq, kind, label, at_raw, at_utc, on_date",
    "visits_checkin": "station_id, checkin, date, hour, trade, companion, undone",
    "visits_dailycount": "station_id, date, hour, trade, visits, companions",
}


def say(words: str) -> None:
    """Progress that nobody reads."""


def a_busy_day(random: Random, count: int) -> list[Event]:
    """Check-ins, some taken back, and books that go and come."""
    made: list[Event] = []
    for number in range(count):
        label, due_on = random.choice(LABELS), date(2026, 12, 1 + number % 28)
        made.append(random.choice([
            CheckedIn(checkin=f"c{number}", trade=random.choice(["courier", "sanitation"])),
            CheckinUndone(checkin=f"c{max(0, number - 1)}"),
            BookBorrowed(label=label, due_on=due_on, borrower="hash"),
            BookReturned(label=label),
        ]))
    return made


def everything() -> dict[str, list[Any]]:
    """The read models and what is published, without row numbers."""
    models = (Digest, Document, Copy, Move, Checkin, DailyCount)
    return {
        model.__name__: sorted(map(repr, model.objects.values_list(*columns.split(", "))))
        for model, columns in zip(models, TABLES.values(), strict=True)
    }


@pytest.fixture
def stations(db: None) -> list[FakeStation]:
    """Three stations with a past: carried epochs, events told late, and one that was mended."""
    found = [enrolled(f"330502-{number:02}", f"站{number}") for number in range(1, 4)]
    catalogue(*LABELS)
    random = Random(3)
    for station in found:
        for day in range(3):
            tell(station, *a_busy_day(random, 30), at=AT + timedelta(days=random.randint(-2, 2), seconds=day))
    carrying = found[0]
    lines = [carrying.line(event, at=AT) for event in a_busy_day(random, 5)]
    carrying.sync(lines)
    project_all()
    carrying.epoch, carrying.acked, carrying.next_seq = "epoch-2", 0, 1
    tell(carrying, *a_busy_day(Random(3), 20))
    found[1].sync([b"poison"])
    project_all()
    mended = encode_entry(found[1].next_seq, AT - timedelta(days=1), BookBorrowed(label=LABELS[0], due_on=AT.date()))
    replay(Quarantine.objects.get().id, mended, AT)
    return found


def test_rebuilt_all_is_as_before_and_nothing_is_published_again(stations: list[FakeStation]) -> None:
    before, rev = everything(), Counter.objects.get().rev
    rebuild(say)
    assert everything() == before
    assert Counter.objects.get().rev == rev
    assert not Journal.objects.filter(projected=0, head__gt=0).exists()


def test_what_was_damaged_is_right_again_and_published(stations: list[FakeStation]) -> None:
    before = everything()
    DailyCount.objects.update(visits=9_999)
    Checkin.objects.filter(undone=True).delete()
    Move.objects.filter(seq__lt=20).delete()
    Copy.objects.update(status="missing", loans=0)
    stations[2].pull()
    rebuild(say)
    assert everything() == before
    assert stations[2].pull() == []


def test_a_copy_published_wrongly_is_published_anew(stations: list[FakeStation]) -> None:
    stations[2].pull()
    row = Document.objects.get(type="copy", key=LABELS[2])
    right, row.body = row.body, (row.body or "").replace('"loans":', '"loans":9')
    row.save()
    rebuild(say)
    assert Document.objects.get(type="copy", key=LABELS[2]).body == right
    assert [document.key for document in stations[2].pull()] == [LABELS[2]]


def test_stations_go_on_while_it_is_under_way(stations: list[FakeStation]) -> None:
    empty_read_models()
    tell(stations[0], BookBorrowed(label=LABELS[1], due_on=AT.date()), at=AT + timedelta(days=9))
    after = everything()
    rebuild(say)
    assert everything() == after


def test_an_event_that_can_be_counted_now_waits_no_longer(
    stations: list[FakeStation], read_models: list[ReadModel]
) -> None:
    def choke(events: Sequence[Told]) -> None:
        if any(told.event == CheckedIn(checkin="odd", trade="x") for told in events):
            raise ValueError("cannot")

    choking = telling(choke)
    read_models.append(choking)
    tell(stations[0], CheckedIn(checkin="odd", trade="x"))
    record = Quarantine.objects.get(why="projection")
    rebuild(say)
    record.refresh_from_db()
    assert (record.resolved_at, record.resolution) == (None, "")
    read_models.remove(choking)
    rebuild(say)
    record.refresh_from_db()
    assert record.resolution == "replayed"
    assert Checkin.objects.filter(checkin="odd").count() == 1
