"""Several projectors at once, in processes of their own, while stations go on sending."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest

from devices.codes import make_label
from sync.protocol.documents import Copy, Stamp, decode_document
from sync.protocol.drift import Placed, fold
from sync.protocol.events import (
    BookBorrowed,
    BookEvent,
    BookReturned,
    CheckedIn,
    CheckinUndone,
    Entry,
    Event,
    decode_entry,
    kind_of,
)
from tests.chance import tries
from tests.postgres import PostgresCluster
from tests.sync.two_processes.waiting import wait_until

from .fake_station import FakeStation
from .live import LiveOffice, StoredEvent, station_of
from .test_projector import AT

PROJECTORS = 3
STATIONS = ("330502-01", "330211-01", "650102-01")
LABELS = [make_label(number) for number in range(1, 9)]     # of the example, fought over by all stations
Moments = dict[tuple[str, str, int], datetime]     # station, epoch, seq → when it was
pytestmark = pytest.mark.slow


@contextmanager
def projectors(office: LiveOffice) -> Generator[None]:
    """Some of them at work; they end orderly when told to."""
    running = [office.spawn("projector") for _ in range(PROJECTORS)]
    try:
        yield
        for projector in running:
            projector.send_signal(signal.SIGTERM)
        assert [projector.wait(60) for projector in running] == [0] * PROJECTORS
    finally:
        for projector in running:
            projector.kill()
            projector.wait()


def events_of(random: Random, name: str, count: int) -> list[Event]:
    found: list[Event] = []
    for number in range(count):
        label = random.choice(LABELS)
        found.append(random.choice([
            CheckedIn(checkin=f"{name}-{number}", trade=random.choice(["courier", "sanitation"])),
            CheckinUndone(checkin=f"{name}-{max(0, number - 2)}"),
            BookBorrowed(label=label, due_on=date(2026, 12, 1 + number % 28)),
            BookReturned(label=label),
        ]))
    return found


def send(station: FakeStation, random: Random, batches: int, *, size: int = 150) -> None:
    """Events in batches, by a clock that jumps."""
    for batch in range(batches):
        at = AT + timedelta(minutes=random.randint(-600, 600))
        events = events_of(random, f"{station.epoch}-{batch}", size)
        lines = [station.line(event, at=at + timedelta(seconds=place)) for place, event in enumerate(events)]
        while station.acked < station.next_seq - 1:
            reply = station.sync(lines)
            assert reply.status in {200, 503}, reply.body


def carry(station: FakeStation, lines: Iterable[bytes]) -> None:
    """Begin a new epoch with these told once more."""
    station.epoch, station.next_seq, station.acked = f"{station.epoch}+", 1, 0
    entries = [decode_entry(line) for line in lines]
    assert station.sync([station.line(entry.event, at=entry.at) for entry in entries]).status == 200


def facts_of(stored: Iterable[StoredEvent]) -> dict[tuple[str, str, Event], tuple[StoredEvent, Entry]]:
    """Each fact once, as its first epoch tells it."""
    found: dict[tuple[str, str, Event], tuple[StoredEvent, Entry]] = {}
    for event in stored:
        entry = decode_entry(event.line)
        found.setdefault((event.station, entry.at.isoformat(), entry.event), (event, entry))
    return found


def check_all_is_counted_once(office: LiveOffice) -> None:
    facts = facts_of(office.events())
    made = {(station, event.checkin) for station, _, event in facts if isinstance(event, CheckedIn)}
    undone = {(station, event.checkin) for station, _, event in facts if isinstance(event, CheckinUndone)}
    assert dict(office.rows("SELECT station_id, sum(visits) FROM visits_dailycount GROUP BY station_id")) == Counter(
        station for station, _ in made - undone
    )
    books = [(event, entry) for event, entry in facts.values() if event.kind.startswith("book.")]
    moves = office.rows("SELECT station_id, epoch, seq, kind, label, at_raw FROM library_move ORDER BY id")
    assert Counter((station, kind, label, at) for station, _, _, kind, label, at in moves) == Counter(
        (event.station, kind_of(entry.event), event.subject, entry.at.isoformat()) for event, entry in books
    )
    journals: dict[tuple[str, str], list[int]] = {}
    for station, epoch, seq, *_ in moves:
        journals.setdefault((station, epoch), []).append(seq)
    assert all(seqs == sorted(seqs) for seqs in journals.values()), "each journal in its own order"
    assert office.rows("SELECT count(*) FROM core_quarantine") == [(0,)]
    moments = moments_of(office.events())
    for label in LABELS:
        check_copy(office, label, [(event, entry) for event, entry in books if event.subject == label], moments)


def moments_of(stored: Iterable[StoredEvent]) -> Moments:
    """When each event was: as it says, and not before the one before it in its journal."""
    found: Moments = {}
    latest: dict[tuple[str, str], datetime] = {}
    for event in stored:
        journal, at = (event.station, event.epoch), decode_entry(event.line).at
        latest[journal] = found[event.station, event.epoch, event.seq] = max(at, latest.get(journal, at))
    return found


def check_copy(
    office: LiveOffice, label: str, books: list[tuple[StoredEvent, Entry]], moments: Moments
) -> None:
    [(body, catalogued)] = office.rows(
        "SELECT d.body, c.catalogued FROM core_document d JOIN library_copy c ON c.label = d.key"
        " WHERE d.type = 'copy' AND d.key = ? AND d.body IS NOT NULL", label,
    )
    placed: list[Placed] = []
    for event, entry in books:
        assert isinstance(entry.event, BookEvent)
        at = moments[event.station, event.epoch, event.seq]
        placed.append(Placed(Stamp(at, event.station, event.epoch, event.seq), entry.event))
    there, wanted = decode_document(Copy, body), fold(decode_document(Copy, catalogued), placed)
    assert (there.status, there.station, there.loans, there.due_on, there.stops) == (
        wanted.status, wanted.station, wanted.loans, wanted.due_on, wanted.stops
    )


def wait_for_progress(office: LiveOffice) -> None:
    def projected() -> int:
        return int(office.rows("SELECT sum(projected) FROM core_journal")[0][0])

    before, deadline = projected(), time.monotonic() + 60
    while projected() == before and office.unprojected():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_event_is_in_the_read_models_once_and_in_order(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    office = LiveOffice(tmp_path / "office", database_url=make_database(), example=True, projector=False)
    with office:
        stations = [station_of(office, station) for station in STATIONS]
        for number, station in enumerate(stations):
            send(station, Random(number), 3)
        # Two epochs of one station tell the same, and both wait when the projectors start.
        for station in stations:
            carry(station, [event.line for event in office.events() if event.station == station.id][100:])
        with projectors(office):
            senders = [
                threading.Thread(target=send, args=(station, Random(10 + number), tries(3)))
                for number, station in enumerate(stations)
            ]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            office.wait_until_projected(90)
        check_all_is_counted_once(office)
        assert all(station.acked == station.next_seq - 1 for station in stations)


def test_on_postgresql_projectors_whose_connections_are_cut_go_on(tmp_path: Path, postgres_office: str) -> None:
    office = LiveOffice(tmp_path / "office", database_url=postgres_office, example=True, projector=False)
    with office:
        stations = [station_of(office, station) for station in STATIONS]
        for number, station in enumerate(stations):
            send(station, Random(20 + number), tries(4))
        with projectors(office):
            for _ in range(tries(3)):
                wait_for_progress(office)
                office.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            office.wait_until_projected(90)
        check_all_is_counted_once(office)


def test_on_postgresql_a_projection_that_waits_holds_up_nobody_else(tmp_path: Path, postgres_office: str) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    office = LiveOffice(tmp_path / "office", database_url=postgres_office, example=True, projector=False)
    with office, psycopg.connect(postgres_office) as somebody:
        here, there = (station_of(office, station) for station in STATIONS[:2])
        somebody.execute("SELECT 1 FROM library_copy WHERE label = %s FOR UPDATE", [LABELS[0]])
        here.sync([here.line(BookReturned(label=LABELS[0]))])
        with projectors(office):
            wait_until(lambda: office.rows(waiting)[0][0] == 1, "a projector waits for the copy")
            assert here.sync([here.line(CheckedIn(checkin="a", trade="courier"))]).receipt.head == 2
            there.sync([there.line(CheckedIn(checkin="b", trade="courier"))])
            wait_until(lambda: office.unprojected() == 1, "the other station's events are counted")
            assert office.rows("SELECT station_id FROM visits_dailycount") == [(there.id,)]
            somebody.rollback()
            office.wait_until_projected()
        check_all_is_counted_once(office)


@pytest.fixture
def postgres_office(postgres: PostgresCluster) -> str:
    return postgres.make_office()
