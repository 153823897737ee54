"""The documents: what the office has published to this station."""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from sync.protocol import digests
from sync.protocol.documents import Blob, Document, blobs_of, decode_document
from sync.protocol.errors import WireError
from sync.protocol.wire import Digest, Published
from sync.station.errors import DocumentMissing
from sync.station.part import Part

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

D = TypeVar("D", bound=Document)
_CHUNK: Final = 2_000
_PUT: Final = (
    "INSERT INTO document (type, key, rev, body, scope, round, needs_files) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (type, key) DO UPDATE SET rev = excluded.rev, body = excluded.body, scope = excluded.scope, "
    "round = excluded.round, needs_files = excluded.needs_files"
)
# A row of an earlier round that is not stale was proven equal to the office's; two snapshots go by revision.
_LOAD: Final = (
    f"{_PUT} WHERE CASE WHEN document.round = excluded.round "  # noqa: S608  # all of our own
    "THEN document.rev < excluded.rev ELSE EXISTS "
    "(SELECT 1 FROM stale_group s WHERE s.type = document.type AND s.scope = document.scope) END"
)


class Group(NamedTuple):
    """What is compared with the office as one: the documents of one type in one scope."""

    type: str
    scope: str


class Documents(Part):
    """What the office has published to this station; written by the agent only."""

    def __init__(self, db: Database, path: Path) -> None:
        super().__init__(db, path)
        self._told: set[tuple[str, str]] = set()

    def find(self, type_: type[D], key: str) -> D | None:
        """The document of this name, if there is one."""
        rows = self._rows("SELECT key, body FROM document WHERE type = ? AND key = ?", type_.type, key)
        return next(self._readable(type_, rows), None)

    def get(self, type_: type[D], key: str) -> D:
        """The document of this name; raises DocumentMissing."""
        document = self.find(type_, key)
        if document is None:
            raise DocumentMissing(f"{type_.type} {key}")
        return document

    def all(self, type_: type[D]) -> list[D]:
        """Every document of a type, in the order of the keys."""
        rows = self._rows("SELECT key, body FROM document WHERE type = ? ORDER BY key", type_.type)
        return list(self._readable(type_, rows))

    def having(self, type_: type[D], field: str, value: str) -> list[D]:
        """Documents whose field has a value, in the order of the keys; `field` is a name in the code."""
        if field not in type_.__struct_fields__:
            raise ValueError(field)
        rows = self._rows(
            # Type and path stand in the text, and the order is `+key`, or SQLite would not use the partial index.
            f"SELECT key, body FROM document WHERE type = '{type_.type}' "  # noqa: S608  # both are names in the code
            f"AND json_extract(body, '$.{field}') = ? ORDER BY +key",
            value,
        )
        return list(self._readable(type_, rows))

    def version(self) -> int:
        """Another number after every change."""
        rows = self._rows("SELECT value FROM fact WHERE name = 'documents'")
        return int(rows[0][0]) if rows else 0

    def digests(self) -> dict[Group, Digest]:
        """Count and digest of each group; reads every document, a few at a time."""
        counts: dict[Group, int] = defaultdict(int)
        sums: dict[Group, int] = defaultdict(int)
        last = -1
        while rows := self._rows(
            "SELECT rowid, type, scope, key, body FROM document WHERE rowid > ? ORDER BY rowid LIMIT ?", last, _CHUNK
        ):
            for _, type_, scope, key, body in rows:
                group = Group(type_, scope)
                counts[group] += 1
                sums[group] = digests.toggled(sums[group], key, body.encode())
            last = rows[-1][0]
        return {group: Digest(count, digests.to_hex(sums[group])) for group, count in counts.items()}

    def blobs(self) -> list[Blob]:
        """The files that documents need, each once, the newest document's first."""
        found: dict[str, Blob] = {}
        for (body,) in self._rows("SELECT body FROM document WHERE needs_files ORDER BY rev DESC"):
            found |= {blob.sha256: blob for blob in blobs_of(body) if blob.sha256 not in found}
        return list(found.values())

    def _readable(self, type_: type[D], rows: Iterable[tuple[Any, ...]]) -> Iterator[D]:
        for key, body in rows:
            try:
                yield decode_document(type_, body)
            except WireError:
                # One bad document must not take the others off the screen, nor fill the log while it lies there.
                if (type_.type, key) not in self._told:
                    self._told.add((type_.type, key))
                    logger.warning("document %s %s cannot be read and is left out", type_.type, key[:64])


def put_documents(connection: sqlite3.Connection, published: Iterable[Published], round_: int) -> None:
    """Replace or remove documents inside the caller's transaction, in the order they were given."""
    for are_tombstones, run in groupby(published, key=lambda document: document.body is None):
        if are_tombstones:
            # Moved to another scope, a document leaves a tombstone in the old one, and lives on.
            connection.executemany(
                "DELETE FROM document WHERE type = ? AND key = ? AND scope = ?",
                [(document.type, document.key, document.scope) for document in run],
            )
        else:
            _write(connection, _PUT, run, round_)


def load_documents(connection: sqlite3.Connection, published: Iterable[Published], round_: int) -> None:
    """Take in lines of a snapshot inside the caller's transaction; what is proven, or newer, stays."""
    _write(connection, _LOAD, (document for document in published if document.body is not None), round_)


def note_change(connection: sqlite3.Connection) -> None:
    """Have `Documents.version` say that something changed, inside the caller's transaction."""
    connection.execute(
        "INSERT INTO fact (name, value) VALUES ('documents', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )


def _write(connection: sqlite3.Connection, sql: str, published: Iterable[Published], round_: int) -> None:
    rows = [row for document in published if (row := _row_of(document, round_))]
    connection.execute("SAVEPOINT documents")
    try:
        connection.executemany(sql, rows)
    except sqlite3.OperationalError as cause:
        if cause.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        connection.execute("ROLLBACK TO documents")
        for row in rows:
            _write_alone(connection, sql, row)
    connection.execute("RELEASE documents")


def _write_alone(connection: sqlite3.Connection, sql: str, row: tuple[Any, ...]) -> None:
    try:
        connection.execute(sql, row)
    except sqlite3.OperationalError as cause:
        if cause.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        # JSON that SQLite's indexes cannot read; one bad document must not block the rest.
        logger.warning("document %s %s cannot be stored and is not taken over", row[0][:64], row[1][:64])


def _row_of(document: Published, round_: int) -> tuple[Any, ...] | None:
    """The values of a row; None if no row can hold them."""
    raw = bytes(document.body or b"")
    try:
        body = raw.decode()
        if abs(document.rev) < 2**63:
            return document.type, document.key, document.rev, body, document.scope, round_, b'"blobs"' in raw
    except UnicodeDecodeError:
        pass
    logger.warning("document %s %s cannot be stored and is not taken over", document.type[:64], document.key[:64])
    return None
