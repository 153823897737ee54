"""The documents: what the office has published to this station."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sync.protocol.documents import Document, decode_document
from sync.protocol.errors import WireError
from sync.protocol.wire import Published

from .errors import DocumentMissing
from .part import Part

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

D = TypeVar("D", bound=Document)


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
        return list(self._readable(type_, rows))

    def _readable(self, type_: type[D], rows: Iterable[tuple[Any, ...]]) -> Iterator[D]:
        for key, body in rows:
            try:
                yield decode_document(type_, body)
            except WireError:
                # One bad document must not take the others off the screen, nor fill the log while it lies there.
                if (type_.type, key) not in self._told:
                    self._told.add((type_.type, key))
                    logger.warning("document %s %s cannot be read and is left out", type_.type, key[:64])


def put_document(connection: sqlite3.Connection, document: Published) -> None:
    """Replace or remove one document inside the caller's transaction."""
    if document.body is None:
        connection.execute("DELETE FROM document WHERE type = ? AND key = ?", (document.type, document.key))
        return
    try:
        body = bytes(document.body).decode()
        readable = abs(document.rev) < 2**63 and connection.execute("SELECT json_valid(?)", (body,)).fetchone()[0]
    except UnicodeDecodeError:
        body, readable = "", 0
    if not readable:
        # SQLite cannot hold it, or not index it; one bad document must not block the rest.
        logger.warning("document %s %s cannot be stored and is not taken over", document.type[:64], document.key[:64])
        return
    connection.execute(
        "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)", (document.type, document.key, document.rev, body)
    )
