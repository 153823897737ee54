"""A program and the next one on the same file: an update that is taken back finds its store as it left it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.protocol.documents import Trade, encode_document
from sync.protocol.events import CheckedIn
from sync.protocol.wire import Published
from sync.station import database, schema
from sync.station.errors import StoreNewer
from sync.station.facts import Standing
from sync.station.store import Store

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def m900_more(db: Any) -> None:
    """What a next release may add: tables, indexes, columns with a default."""
    db.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, what TEXT NOT NULL)")
    for table in ("journal", "document", "boot", "fact", "stale_group"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN more TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX journal_more ON journal (more)")
    db.execute("INSERT INTO fact (name, value, more) VALUES ('Queue', '{}', 'x')")


class NextProgram:
    """The program after this one, as far as the store is concerned."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, readable_since: int | None = None) -> None:
        self._monkeypatch = monkeypatch
        self._readable_since = schema.READABLE_SINCE if readable_since is None else readable_since

    def open(self, path: Path) -> Store:
        with self._monkeypatch.context() as patch:
            for module in (schema, database):
                patch.setattr(module, "STEPS", (*schema.STEPS, m900_more) if module is schema else schema.STEPS)
                patch.setattr(module, "READABLE_SINCE", self._readable_since)
            return Store.open(path)


def work(store: Store, name: str) -> None:
    """Everything that writes."""
    store.journal.append(CheckedIn(checkin=name, trade="t"), at=NOW)
    trade = Trade(trade=name, name="快递员", short="快递", icon="moped")
    epoch, head = store.facts.identity().epoch, store.journal.acked(store.facts.identity().epoch)
    body = encode_document(trade)
    assert store.absorb(epoch, head, (), [Published(type="trade", key=name, rev=1, body=body)], name)   # type: ignore
    store.facts.put(Standing(next_sync_s=7.0))
    store.renewals.doubt(epoch)


def checkins(store: Store) -> list[str]:
    return [event.checkin for event in store.journal.told([CheckedIn], NOW) if isinstance(event, CheckedIn)]


def applied(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid").fetchall()
    return [name for (name,) in rows]


def test_there_and_back_and_there_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    following = NextProgram(monkeypatch)
    for number, opening in enumerate((Store.open, following.open, Store.open, following.open, Store.open)):
        store = opening(path)
        work(store, f"c{number}")
        assert checkins(store) == [f"c{before}" for before in range(number + 1)]
        assert store.documents.get(Trade, f"c{number}").short == "快递"
        assert store.facts.find(Standing) == Standing(next_sync_s=7.0)
        store.close()
    assert applied(path).count("m900_more") == 1
    assert applied(path)[: len(schema.STEPS)] == [step.__name__ for step in schema.STEPS]


def test_what_the_next_program_keeps_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    NextProgram(monkeypatch).open(path).close()
    store = Store.open(path)
    work(store, "c")
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT value, more FROM fact WHERE name = 'Queue'").fetchall() == [("{}", "x")]


def test_a_file_that_this_program_cannot_read_is_refused_and_left_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = NextProgram(monkeypatch, readable_since=len(schema.STEPS) + 1)
    store = following.open(path)
    work(store, "c")
    store.close()
    with pytest.raises(StoreNewer):
        Store.open(path)
    store = following.open(path)
    assert checkins(store) == ["c"]
    store.close()


def test_a_file_of_a_newer_program_that_says_nothing_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    NextProgram(monkeypatch).open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM fact WHERE name = 'readable_since'")
        connection.commit()
    with pytest.raises(StoreNewer):
        Store.open(path)


def test_what_a_newer_program_says_of_its_file_is_not_changed_by_an_older_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    NextProgram(monkeypatch, readable_since=2).open(path).close()
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT value FROM fact WHERE name = 'readable_since'").fetchall() == [("2",)]


def test_every_released_file_says_who_can_read_it_once_it_was_opened(tmp_path: Path) -> None:
    for released in (Path(__file__).parents[2] / "data" / "station").glob("*.db"):
        path = tmp_path / released.name
        path.write_bytes(released.read_bytes())
        Store.open(path).close()
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT value FROM fact WHERE name = 'readable_since'").fetchall()
        assert rows == [(str(schema.READABLE_SINCE),)]
