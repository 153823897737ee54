"""What the station's journal and the office's database hold, read past the programs that wrote them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One event as it is stored."""

    epoch: str
    seq: int
    kind: str
    digest: str
    line: str


def station_records(database: Path) -> list[tuple[Record, str]]:
    """The station's journal in its order, each event with its state."""
    rows = _rows(database, "SELECT epoch, seq, kind, digest, body, state FROM journal ORDER BY id")
    return [(_record(row), row[5]) for row in rows]


def office_records(database: Path) -> list[Record]:
    """Every event the office has stored."""
    return [_record(row) for row in _rows(
        database,
        "SELECT journal.epoch, event.seq, event.kind, event.digest, event.line FROM core_event AS event "
        "JOIN core_journal AS journal ON journal.id = event.journal_id ORDER BY event.id",
    )]


def shelved_labels(database: Path, station: str) -> list[str]:
    """Labels of the copies that stand on this station's shelf, by its documents."""
    copies = [json.loads(body) for (body,) in _rows(database, "SELECT body FROM document WHERE type = 'copy'")]
    here = [c for c in copies if c.get("station") == station and c.get("status", "on_shelf") == "on_shelf"]
    return sorted(copy["label"] for copy in here)


def is_desk_open(database: Path) -> bool:
    """Whether the station knows that a doctor is on duty."""
    found = _rows(database, "SELECT body FROM document WHERE type = 'consulting'")
    return any(json.loads(body)["is_open"] for (body,) in found)


def how_it_ended(database: Path) -> str:
    """The ending of the newest consultation that the office has; empty if it has none or it goes on."""
    found = _rows(database, "SELECT ending FROM consult_consultation ORDER BY asked_at DESC LIMIT 1")
    return str(found[0][0]) if found else ""


def title_of(database: Path, label: str) -> str:
    """What the book of this label is called, by the station's documents."""
    [[copy]] = _rows(database, "SELECT body FROM document WHERE type = 'copy' AND key = ?", label)
    [[title]] = _rows(database, "SELECT body FROM document WHERE type = 'title' AND key = ?", json.loads(copy)["isbn"])
    return str(json.loads(title)["title"])


def trades(database: Path) -> list[str]:
    """The short names of trades in their order, by the station's documents."""
    found = [json.loads(body) for (body,) in _rows(database, "SELECT body FROM document WHERE type = 'trade'")]
    return [str(trade["short"]) for trade in sorted(found, key=lambda trade: trade["order"])]


def _record(row: tuple[Any, ...]) -> Record:
    return Record(row[0], row[1], row[2], row[3], bytes(row[4]).decode())


def _rows(database: Path, sql: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(sql, values).fetchall()
