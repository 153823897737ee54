"""The checker finds what it is there to find: each thing that may not be, done by hand to two sides in step."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from sync.protocol import digests
from sync.protocol.documents import Poster, encode_document
from sync.protocol.events import BookBorrowed, CheckedIn, digest_of
from sync.protocol.wire import Published, Result
from sync.station.facts import Identity
from sync.station.identity import store_path
from sync.station.store import Store

from .invariants import OfficeSide, StationSide, check, read_journal
from .ledger import fact_of

STATION = "330502-01"
AT = datetime(2026, 11, 23, 14, 26, tzinfo=timezone(timedelta(hours=8)))
TABLES = """
CREATE TABLE core_station (id, region);
CREATE TABLE core_journal (id, station_id, epoch, head, projected);
CREATE TABLE core_event (journal_id, seq, line, digest);
CREATE TABLE core_quarantine (id INTEGER PRIMARY KEY, journal_id, seq, line, digest, why);
CREATE TABLE core_document (scope, type, key, body);
CREATE TABLE core_digest (scope, type, count, digest);
CREATE TABLE visits_dailycount (station_id, visits);
CREATE TABLE library_copy (label, loans);
CREATE TABLE library_move (id INTEGER PRIMARY KEY);
"""


class Sides(NamedTuple):
    """An office's tables and a station's store, in step."""

    office: sqlite3.Connection
    path: Path
    facts: set[str]

    def faults(self) -> list[str]:
        office = OfficeSide(lambda query: self.office.execute(query).fetchall())
        return check(office, [StationSide(STATION, self.path, self.facts, self.facts)])


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[Sides]:
    path = store_path(tmp_path)
    store = Store.open(path, create=True)
    store.enrol(Identity(station=STATION, name="", office="http://127.0.0.1:9", install="i", epoch="e1"))
    for number in range(4):
        store.journal.append(CheckedIn(checkin=f"c{number}", trade="courier"), at=AT)
    store.journal.append(BookBorrowed(label="A", due_on=AT.date()), at=AT, subject="A")
    body = encode_document(Poster(poster="p", lines=("a",)))
    poster = Published("poster", "p", 1, msgspec.Raw(body), "33")
    store.absorb("e1", 5, [Result(2, "rejected", "event")], [poster], "c")
    store.close()
    rows = read_journal(path)
    with closing(sqlite3.connect(":memory:")) as office:
        office.executescript(TABLES)
        office.execute("INSERT INTO core_station VALUES (?, '330502')", (STATION,))
        office.execute("INSERT INTO core_journal VALUES (1, ?, 'e1', 5, 5)", (STATION,))
        for row in rows:
            if row.state == "rejected":
                kept = row.seq, row.body, row.digest
                office.execute("INSERT INTO core_quarantine VALUES (NULL, 1, ?, ?, ?, 'rejected')", kept)
            else:
                office.execute("INSERT INTO core_event VALUES (1, ?, ?, ?)", (row.seq, row.body, row.digest))
        digest = digests.to_hex(digests.toggled(digests.EMPTY, "p", body))
        office.execute("INSERT INTO core_document VALUES ('33', 'poster', 'p', ?)", (body.decode(),))
        office.execute("INSERT INTO core_digest VALUES ('33', 'poster', 1, ?)", (digest,))
        office.execute("INSERT INTO visits_dailycount VALUES (?, 3)", (STATION,))
        office.execute("INSERT INTO library_copy VALUES ('A', 1)")
        office.execute("INSERT INTO library_move VALUES (1)")
        yield Sides(office, path, {fact_of(row.body) for row in rows})


def test_two_sides_in_step_have_no_fault(sides: Sides) -> None:
    assert sides.faults() == []


@pytest.mark.parametrize(("deed", "words"), [
    ("DELETE FROM core_event WHERE seq = 3", "nowhere in the office"),
    ("DELETE FROM core_event WHERE seq = 3", "gaps or doubles"),
    ("DELETE FROM core_event WHERE seq = 3", "is acked here and not in the office"),
    ("DELETE FROM core_quarantine", "not kept raw"),
    ("UPDATE core_quarantine SET line = CAST('mended' AS BLOB)", "not kept raw"),
    ("UPDATE core_event SET line = CAST(line || ' ' AS BLOB) WHERE seq = 3", "another digest than its bytes"),
    ("INSERT INTO core_event SELECT journal_id, 6, line, digest FROM core_event WHERE seq = 3", "gaps or doubles"),
    ("INSERT INTO core_event SELECT journal_id, 6, line, digest FROM core_event WHERE seq = 3", "2 times in one epoch"),
    ("INSERT INTO core_quarantine VALUES (NULL, 1, 3, x'', '', 'fork')", "in quarantine as fork"),
    ("INSERT INTO core_quarantine VALUES (NULL, 1, 3, x'', '', 'projection')", "in quarantine as projection"),
    ("UPDATE core_journal SET projected = 4", "not projected"),
    ("UPDATE visits_dailycount SET visits = 4", "visits of 330502-01: 4 counted, 3 told"),
    ("UPDATE library_copy SET loans = 2", "loans of A: 2 counted, 1 told"),
    ("INSERT INTO library_move VALUES (2)", "moves of all"),
    ("UPDATE core_document SET body = '{}'", "documents differ"),
    ("UPDATE core_document SET scope = '3302'", "documents differ"),
    ("UPDATE core_digest SET count = 2", "digests differ"),
])
def test_a_fault_of_the_office_is_found(sides: Sides, deed: str, words: str) -> None:
    sides.office.execute(deed)
    assert words in "\n".join(sides.faults())


@pytest.mark.parametrize(("deed", "words"), [
    ("UPDATE journal SET state = 'pending' WHERE seq = 5", "still waits"),
    ("UPDATE journal SET digest = 'x' WHERE seq = 3", "not in the office as it is here"),
    ("UPDATE journal SET seq = 9 WHERE seq = 4", "gaps or doubles"),
    ("DELETE FROM document", "documents differ"),
    ("UPDATE document SET scope = '3305'", "digests differ"),
])
def test_a_fault_of_the_station_is_found(sides: Sides, deed: str, words: str) -> None:
    with closing(sqlite3.connect(sides.path)) as station:
        station.execute(deed)
        station.commit()
    assert words in "\n".join(sides.faults())


def test_an_event_that_nobody_appended_is_found(sides: Sides) -> None:
    line = b'{"seq":6,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"visit.ended","how":"idle","seconds":1}}'
    sides.office.execute("INSERT INTO core_event VALUES (1, 6, ?, ?)", (line, digest_of(line)))
    sides.office.execute("UPDATE core_journal SET head = 6, projected = 6")
    assert sides.faults() == [f"{STATION}: 1 events in the office that nobody appended"]


def test_a_committed_event_that_is_nowhere_is_found(sides: Sides) -> None:
    sides.facts.add("committed")
    assert sides.faults() == [f"{STATION}: 1 of 6 committed events are nowhere in the office"]
