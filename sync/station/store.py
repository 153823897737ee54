"""The station's store, station.db: the journal and the documents. The only SQL on the station.

Kiosk and agent each open it in their own process; SQLite's WAL keeps them out of each other's
way. What is appended is on the disk (`synchronous=FULL`) before `append` returns.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlite_utils import Database

from sync.protocol.documents import Document, decode_document
from sync.protocol.errors import WireError
from sync.protocol.events import Entry, Event, decode_entry, digest_of, encode_entry, kind_of, renumber_entry
from sync.protocol.wire import Published, Result

from .database import BUSY_TIMEOUT_S, connect, set_aside, translated
from .errors import DocumentMissing, NotEnrolled, StoreDamaged

log = logging.getLogger(__name__)

D = TypeVar("D", bound=Document)
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=msgspec.Struct)


class Identity(msgspec.Struct, frozen=True):
    """Who this installation is, as agreed with the office at enrolment."""

    station: str
    name: str
    office: str         # base address, https outside loopback
    install: str
    epoch: str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the agent last fared with the office; times are aware."""

    last_success: datetime | None = None
    next_sync_s: float = 60.0
    failing: str = ""       # code of the fault, empty when all is well
    clock_offset_s: float = 0.0     # office's clock less ours


class _Base:
    """A connection, and one way to write through it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated():
            return self._db.conn.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        # IMMEDIATE: two writers wait for each other at the start instead of failing half-way.
        connection = self._db.conn
        with translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


class Facts(_Base):
    """A few small facts about this installation, each replaced as a whole."""

    def find(self, type_: type[F]) -> F | None:
        """The fact of this type, if known."""
        rows = self._rows("SELECT value FROM fact WHERE name = ?", type_.__name__)
        return msgspec.json.decode(rows[0][0], type=type_) if rows else None

    def put(self, fact: msgspec.Struct) -> None:
        """Replace the fact of this type."""
        with self._writing() as connection:
            put_fact(connection, fact)

    def identity(self) -> Identity:
        """Who this station is; raises NotEnrolled."""
        identity = self.find(Identity)
        if identity is None:
            raise NotEnrolled
        return identity

    def cursor(self) -> str:
        """Where the documents stand, as the office said last; empty at first."""
        rows = self._rows("SELECT value FROM fact WHERE name = 'cursor'")
        return str(rows[0][0]) if rows else ""


def put_fact(connection: sqlite3.Connection, fact: msgspec.Struct) -> None:
    """Replace a fact inside the caller's transaction."""
    value = msgspec.json.encode(fact).decode()
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (type(fact).__name__, value))


def _read_identity(connection: sqlite3.Connection) -> Identity:
    row = connection.execute("SELECT value FROM fact WHERE name = 'Identity'").fetchone()
    if row is None:
        raise NotEnrolled
    return msgspec.json.decode(row[0], type=Identity)


class Journal(_Base):
    """Everything that happened here, in order, never changed; see DESIGN of the journal in docs."""

    def append(self, event: Event, *, at: datetime, subject: str = "") -> Entry:
        """Commit one event; when this returns it survives a power cut. `at` is aware, local offset.

        Raises StoreFull, StoreLocked, StoreDamaged, StoreUnwritable, NotEnrolled: then nothing is recorded.
        """
        with self._writing() as connection:
            epoch = _read_identity(connection).epoch
            row = connection.execute("SELECT max(seq) FROM journal WHERE epoch = ?", (epoch,)).fetchone()
            seq = (row[0] or 0) + 1
            body = encode_entry(seq, at, event)
            connection.execute(
                "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (epoch, seq, kind_of(event), subject, at.isoformat(), body, digest_of(body)),
            )
        return decode_entry(body)

    def about(self, subject: str) -> list[tuple[str, Entry]]:
        """Epoch and entry of every event on this subject, oldest first; rejected ones left out."""
        rows = self._rows(
            "SELECT epoch, body FROM journal WHERE subject = ? AND state <> 'rejected' ORDER BY id", subject
        )
        return [(epoch, decode_entry(body)) for epoch, body in rows]

    def since(self, kind: type[E], start: datetime) -> list[tuple[datetime, E]]:
        """When and what: events of one kind from a local moment on, oldest first."""
        rows = self._rows(
            "SELECT body FROM journal WHERE kind = ? AND at >= ? ORDER BY id", kind_of(kind), start.isoformat()
        )
        entries = (decode_entry(body) for (body,) in rows)
        return [(entry.at, entry.event) for entry in entries if isinstance(entry.event, kind)]

    def subjects(self, kinds: Iterable[type[Event]], start: datetime) -> set[str]:
        """Subjects of these kinds' events that still wait, or happened from a local moment on."""
        names = msgspec.json.encode([kind_of(kind) for kind in kinds]).decode()
        rows = self._rows(
            "SELECT DISTINCT subject FROM journal WHERE state = 'pending' AND subject <> '' "
            "UNION SELECT subject FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at >= ?",
            names, start.isoformat(),
        )
        return {str(subject) for (subject,) in rows}

    def last(self) -> Entry | None:
        """The newest entry."""
        rows = self._rows("SELECT body FROM journal ORDER BY id DESC LIMIT 1")
        return decode_entry(rows[0][0]) if rows else None

    def count(self, state: str) -> int:
        """How many events are `pending`, `acked` or `rejected`."""
        return int(self._rows("SELECT count(*) FROM journal WHERE state = ?", state)[0][0])

    def acked(self, epoch: str) -> int:
        """Highest seq of the epoch below which nothing waits."""
        waiting = self._rows("SELECT min(seq) FROM journal WHERE epoch = ? AND state = 'pending'", epoch)[0][0]
        if waiting is not None:
            return int(waiting) - 1
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM journal WHERE epoch = ?", epoch)[0][0])

    def pending(self, epoch: str, limit: int, limit_bytes: int) -> list[bytes]:
        """The oldest waiting lines of an epoch, at least one if any waits."""
        lines: list[bytes] = []
        size = 0
        rows = self._rows(
            "SELECT body FROM journal WHERE epoch = ? AND state = 'pending' ORDER BY seq LIMIT ?", epoch, limit
        )
        for (body,) in rows:
            size += len(body)
            if lines and size > limit_bytes:
                break
            lines.append(body)
        return lines

    def rewind(self, epoch: str, head: int) -> int:
        """The office knows nothing after `head`: send all of it again; how many events that is."""
        with self._writing() as connection:
            return connection.execute(
                "UPDATE journal SET state = 'pending', code = '' WHERE epoch = ? AND seq > ? AND state <> 'pending'",
                (epoch, head),
            ).rowcount

    def open_epoch(self, epoch: str, identity: Identity, carry_from: int) -> Identity:
        """Start a new epoch and carry all unsent events from that seq on into it, numbered anew."""
        renewed = msgspec.structs.replace(identity, epoch=epoch)
        with self._writing() as connection:
            carry(connection, identity.epoch, carry_from, epoch)
            put_fact(connection, renewed)
        return renewed


def carry(connection: sqlite3.Connection, old: str, from_seq: int, new: str) -> None:
    """Number the waiting events of an epoch anew in another one, inside the caller's transaction."""
    rows = connection.execute(
        "SELECT id, body FROM journal WHERE epoch = ? AND seq >= ? AND state = 'pending' ORDER BY seq", (old, from_seq)
    ).fetchall()
    for seq, (row_id, body) in enumerate(rows, 1):
        line = renumber_entry(body, seq)
        connection.execute(
            "UPDATE journal SET epoch = ?, seq = ?, body = ?, digest = ? WHERE id = ?",
            (new, seq, line, digest_of(line), row_id),
        )


class Documents(_Base):
    """What the office has published to this station; written by the agent only."""

    def find(self, type_: type[D], key: str) -> D | None:
        """The document of this name, if there is one."""
        rows = self._rows("SELECT key, body FROM document WHERE type = ? AND key = ?", type_.type, key)
        return next(_readable(type_, rows), None)

    def get(self, type_: type[D], key: str) -> D:
        """The document of this name; raises DocumentMissing."""
        document = self.find(type_, key)
        if document is None:
            raise DocumentMissing(f"{type_.type} {key}")
        return document

    def all(self, type_: type[D]) -> list[D]:
        """Every document of a type, in the order of the keys."""
        rows = self._rows("SELECT key, body FROM document WHERE type = ? ORDER BY key", type_.type)
        return list(_readable(type_, rows))

    def having(self, type_: type[D], field: str, value: str, limit: int = 1_000) -> list[D]:
        """Documents whose field has a value, in the order of the keys; `field` is a name in the code."""
        if field not in type_.__struct_fields__:
            raise ValueError(field)
        rows = self._rows(
            # Type and path stand in the text, and the order is `+key`, or SQLite would not use the partial index.
            f"SELECT key, body FROM document WHERE type = '{type_.type}' "  # noqa: S608  # both are names in the code
            f"AND json_extract(body, '$.{field}') = ? ORDER BY +key LIMIT ?",
            value, limit,
        )
        return list(_readable(type_, rows))


def _readable(type_: type[D], rows: Iterable[tuple[Any, ...]]) -> Iterator[D]:
    for key, body in rows:
        try:
            yield decode_document(type_, body)
        except WireError:
            # One bad document must not take the others off the screen.
            log.warning("document %s %s cannot be read and is left out", type_.type, key)


class Store(_Base):
    """The open file: `journal`, `documents`, `facts`. Use it on the thread that opened it."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.journal = Journal(db)
        self.documents = Documents(db)
        self.facts = Facts(db)
        self._version = self._data_version()

    @classmethod
    def open(cls, path: Path, *, create: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Store:
        """Open and migrate the file; only enrolment creates it.

        Raises NotEnrolled, StoreDamaged (the file is then set aside), StoreLocked, StoreNewer, StoreUnwritable.
        """
        if not path.exists() and not create:
            aside = sorted(path.parent.glob(f"{path.name}.damaged-*[0-9]"))
            raise StoreDamaged(f"set aside as {aside[-1].name}") if aside else NotEnrolled(str(path))
        try:
            return cls(connect(path, busy_timeout_s))
        except StoreDamaged as damage:
            raise StoreDamaged(f"{damage.detail}; set aside as {set_aside(path).name}") from damage

    def changed(self) -> bool:
        """Whether another process wrote since this was last asked."""
        before, self._version = self._version, self._data_version()
        return before != self._version

    def close(self) -> None:
        """Let go of the file."""
        with translated():
            self._db.close()

    def absorb(
        self, epoch: str, head: int, results: Iterable[Result], published: Iterable[Published], cursor: str
    ) -> None:
        """Take in one reply as a whole: what was stored or rejected, new documents, the new cursor."""
        with self._writing() as connection:
            for result in results:
                if result.status == "rejected":
                    connection.execute(
                        "UPDATE journal SET state = 'rejected', code = ? WHERE epoch = ? AND seq = ?",
                        (result.code[:64], epoch, result.seq),
                    )
            connection.execute(
                "UPDATE journal SET state = 'acked' WHERE epoch = ? AND seq <= ? AND state = 'pending'", (epoch, head)
            )
            for document in published:
                _put_document(connection, document)
            connection.execute("INSERT OR REPLACE INTO fact VALUES ('cursor', ?)", (cursor,))

    def enrol(self, identity: Identity) -> None:
        """Become this station; unsent events of an earlier enrolment come along in the new epoch."""
        with self._writing() as connection:
            row = connection.execute("SELECT value FROM fact WHERE name = 'Identity'").fetchone()
            if row is not None:
                carry(connection, msgspec.json.decode(row[0], type=Identity).epoch, 0, identity.epoch)
            put_fact(connection, identity)
            connection.execute("DELETE FROM fact WHERE name = 'cursor'")

    def _data_version(self) -> int:
        return int(self._rows("PRAGMA data_version")[0][0])


def _put_document(connection: sqlite3.Connection, document: Published) -> None:
    if document.body is None:
        connection.execute("DELETE FROM document WHERE type = ? AND key = ?", (document.type, document.key))
        return
    connection.execute(
        "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)",
        (document.type, document.key, document.rev, bytes(document.body).decode()),
    )
