"""What must hold after every fault: nothing lost, nothing doubled, nothing stuck, both sides equal."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sync.protocol.errors import UnknownKind, WireError
from sync.protocol.events import (
    MAX_LINE_BYTES,
    BookBorrowed,
    BookReturned,
    BookShelved,
    CheckedIn,
    CheckinUndone,
    Entry,
    decode_entry,
    digest_of,
)
from sync.station.store import Identity, Store

from .ledger import fact_of

Rows = Callable[[str], Sequence[Sequence[Any]]]     # a query without values, to the office's database


class Stored(NamedTuple):
    """One line the office keeps: an event, or what it set aside."""

    station: str
    epoch: str
    seq: int
    line: bytes
    digest: str
    why: str = ""


class Row(NamedTuple):
    """One row of a station's journal."""

    epoch: str
    seq: int
    body: bytes
    digest: str
    state: str


class StationSide(NamedTuple):
    """A station as the checker sees it; several folders may share one identity."""

    station: str
    path: Path
    committed: Collection[str]      # facts that must be somewhere
    tried: Collection[str]          # facts that may be somewhere
    forgotten: Collection[str] = ()  # facts a restored disk forgot before the office had them


class OfficeSide:
    """Everything the office has, read in one go."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.heads = {(station, epoch): head for station, epoch, head, _ in rows(_JOURNALS)}
        self.unprojected = sum(head > projected for *_, head, projected in rows(_JOURNALS))
        self.events = [_stored(row, "") for row in rows(_EVENTS)]
        self.aside = [_stored(row[:5], str(row[5])) for row in rows(_QUARANTINE)]

    def facts(self, station: str) -> set[str]:
        """Every fact the office has of a station, stored or rejected."""
        return {fact_of(stored.line) for stored in self.events if stored.station == station} | {
            fact_of(stored.line) for stored in self.aside if stored.station == station and stored.why == "rejected"
        }


_JOURNALS = "SELECT station_id, epoch, head, projected FROM core_journal"
_EVENTS = (
    "SELECT j.station_id, j.epoch, e.seq, e.line, e.digest FROM core_event e"
    " JOIN core_journal j ON j.id = e.journal_id ORDER BY j.id, e.seq"
)
_QUARANTINE = (
    "SELECT j.station_id, j.epoch, q.seq, q.line, q.digest, q.why FROM core_quarantine q"
    " JOIN core_journal j ON j.id = q.journal_id ORDER BY q.id"
)
_DOCUMENTS = "SELECT scope, type, key, body FROM core_document WHERE body IS NOT NULL"

_DIGESTS = "SELECT scope, type, count, digest FROM core_digest WHERE count > 0"


def _stored(row: Sequence[Any], why: str) -> Stored:
    station, epoch, seq, line, digest = row
    return Stored(station, epoch, seq, bytes(line), digest, why)


def read_journal(path: Path) -> list[Row]:
    """A station's whole journal, in the order it was appended."""
    with closing(sqlite3.connect(path, timeout=20)) as connection:
        rows = connection.execute("SELECT epoch, seq, body, digest, state FROM journal ORDER BY id").fetchall()
    return [Row(epoch, seq, bytes(body), digest, state) for epoch, seq, body, digest, state in rows]


def find_unacknowledged_lies(office: OfficeSide, station: str, path: Path) -> list[str]:
    """Events that a station takes for stored, and the office has not; true at every moment but after a restore."""
    rejected = [one for one in office.aside if one.why == "rejected"]
    stored = {(one.epoch, one.seq): one.digest for one in (*rejected, *office.events)}
    # A copied disk that became another station keeps what its original had stored, which may carry it elsewhere.
    facts = {fact_of(one.line) for one in (*rejected, *office.events)}
    own = _epochs_of(path)
    return [
        f"{station}: {row.epoch}/{row.seq} is {row.state} here and not in the office as it is here"
        for row in read_journal(path)
        if row.state != "pending" and stored.get((row.epoch, row.seq)) != row.digest
        and (row.epoch in own or fact_of(row.body) not in facts)
    ]


def _epochs_of(path: Path) -> set[str]:
    """The epochs that a folder's present identity names as its own."""
    store = Store.open(path)
    try:
        identity = store.facts.find(Identity)
        return {identity.epoch, *identity.earlier} if identity else set()
    finally:
        store.close()


def check(office: OfficeSide, stations: Sequence[StationSide], *, forks: bool = False) -> list[str]:
    """Every fault found after a run that has drained; none if all is well. `forks`: some were provoked."""
    names = {side.station for side in stations}
    faults = [*_office_faults(office, names, forks=forks), *_read_model_faults(office)]
    committed: dict[str, set[str]] = defaultdict(set)
    tried: dict[str, set[str]] = defaultdict(set)
    forgotten: dict[str, set[str]] = defaultdict(set)
    for side in stations:
        committed[side.station] |= set(side.committed)
        tried[side.station] |= set(side.tried)
        forgotten[side.station] |= set(side.forgotten)
        faults += _station_faults(office, side)
    for station, facts in committed.items():
        there = office.facts(station)
        missing = facts - forgotten[station] - there
        if missing:
            faults.append(f"{station}: {len(missing)} of {len(facts)} committed events are nowhere in the office")
        if there - tried[station]:
            faults.append(f"{station}: {len(there - tried[station])} events in the office that nobody appended")
    return faults


def _office_faults(office: OfficeSide, stations: Collection[str], *, forks: bool) -> list[str]:
    faults = [
        f"{one.station}: {one.epoch}/{one.seq} has another digest than its bytes"
        for one in office.events
        if digest_of(one.line) != one.digest
    ]
    usual = {"rejected", "fork"} if forks else {"rejected"}
    faults += [
        f"{one.station}: {one.epoch}/{one.seq} in quarantine as {one.why}"
        for one in office.aside
        if one.why not in usual and one.station in stations
    ]
    if office.unprojected:
        faults.append(f"{office.unprojected} journals are not projected to their head")
    return faults + _journal_faults(office)


def _journal_faults(office: OfficeSide) -> list[str]:
    """Gaps and doubles within an epoch, what was set aside counted in."""
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    facts: Counter[tuple[str, str, str]] = Counter()
    for one in office.events:
        numbers[one.station, one.epoch].append(one.seq)
        facts[one.station, one.epoch, fact_of(one.line)] += 1
    for one in office.aside:
        if one.why == "rejected":
            numbers[one.station, one.epoch].append(one.seq)
    faults = [
        f"{journal}: numbers up to {head} have gaps or doubles: {sorted(numbers[journal])[:40]}"
        for journal, head in office.heads.items()
        if sorted(numbers[journal]) != list(range(1, head + 1))
    ]
    return faults + [f"{fact}: {count} times in one epoch" for fact, count in facts.items() if count > 1]


def _station_faults(office: OfficeSide, side: StationSide) -> list[str]:
    rows = read_journal(side.path)
    faults = find_unacknowledged_lies(office, side.station, side.path)
    faults += [f"{side.station}: {row.epoch}/{row.seq} still waits" for row in rows if row.state == "pending"]
    by_epoch: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_epoch[row.epoch].append(row.seq)
        if digest_of(row.body) != row.digest:
            faults.append(f"{side.station}: {row.epoch}/{row.seq} has another digest than its bytes")
    for epoch, numbers in by_epoch.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            faults.append(f"{side.station}: epoch {epoch} has gaps or doubles: {sorted(numbers)[:40]}")
    aside = {(one.epoch, one.seq): one.line for one in office.aside if one.why == "rejected"}
    faults += [
        f"{side.station}: rejected {row.epoch}/{row.seq} is not kept raw in the office"
        for row in rows
        if row.state == "rejected" and aside.get((row.epoch, row.seq)) != row.body[:MAX_LINE_BYTES]
    ]
    return faults + _document_faults(office, side)


def _document_faults(office: OfficeSide, side: StationSide) -> list[str]:
    """Documents that differ between a station and the office, by name."""
    region = str(office.rows(f"SELECT region FROM core_station WHERE id = '{side.station}'")[0][0])
    scopes = {f"@{side.station}", *(region[:length] for length in range(len(region) + 1))}
    theirs = {(type_, key): body for scope, type_, key, body in office.rows(_DOCUMENTS) if scope in scopes}
    store = Store.open(side.path)
    digests = store.documents.digests()
    proof = {(group.scope, group.type): (digest.count, digest.digest) for group, digest in digests.items()}
    store.close()
    with closing(sqlite3.connect(side.path, timeout=20)) as connection:
        ours = {(type_, key): body for type_, key, body in connection.execute("SELECT type, key, body FROM document")}
    wrong = {name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)}
    faults = [f"{side.station}: {len(wrong)} of {len(theirs)} documents differ: {sorted(wrong)[:3]}"] if wrong else []
    published = {(row[0], row[1]): (row[2], row[3]) for row in office.rows(_DIGESTS) if row[0] in scopes}
    if proof != published:
        faults.append(f"{side.station}: digests differ: {sorted(proof.items() ^ published.items())[:4]}")
    return faults


def _read_model_faults(office: OfficeSide) -> list[str]:
    """Figures that do not follow from the facts, each counted once however often it was told."""
    made: dict[str, set[str]] = defaultdict(set)
    undone: dict[str, set[str]] = defaultdict(set)
    loans: dict[str, set[str]] = defaultdict(set)
    moves: set[tuple[str, str]] = set()
    for one in office.events:
        entry = _entry_of(one.line)
        event = entry.event if entry else None
        if isinstance(event, CheckedIn):
            made[one.station].add(event.checkin)
        elif isinstance(event, CheckinUndone):
            undone[one.station].add(event.checkin)
        elif isinstance(event, BookBorrowed | BookReturned | BookShelved):
            moves.add((one.station, fact_of(one.line)))
            if isinstance(event, BookBorrowed):
                loans[event.label].add(one.station + fact_of(one.line))
    counted = dict(office.rows("SELECT station_id, sum(visits) FROM visits_dailycount GROUP BY station_id"))
    expected = {station: len(checkins - undone[station]) for station, checkins in made.items()}
    faults = _differences("visits", expected, {station: int(count) for station, count in counted.items()})
    lent = {label: int(count) for label, count in office.rows("SELECT label, loans FROM library_copy")}
    faults += _differences("loans", {label: len(loans[label]) for label in lent}, lent)
    told = int(office.rows("SELECT count(*) FROM library_move")[0][0])
    faults += _differences("moves", {"all": len(moves)}, {"all": told})
    for _, _, key, body in office.rows(f"{_DOCUMENTS} AND type = 'copy'"):
        published = int(msgspec.json.decode(body).get("loans", 0))
        faults += _differences("published loans", {key: lent.get(key, 0)}, {key: published})
    return faults


def _differences(what: str, expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    return [
        f"{what} of {name}: {found.get(name, 0)} counted, {expected.get(name, 0)} told"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name, 0) != found.get(name, 0)
    ]


def _entry_of(line: bytes) -> Entry | None:
    try:
        return decode_entry(line)
    except (WireError, UnknownKind):
        return None
