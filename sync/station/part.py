"""What journal, documents and facts have in common: one connection, and one way to write through it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .database import translated
from .errors import StoreDamaged

if TYPE_CHECKING:
    from sqlite_utils import Database


class Part:
    """A share of the open file."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path
        self._inode = path.stat().st_ino

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated():
            return self._db.conn.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        # IMMEDIATE: two writers wait for each other at the start instead of failing half-way.
        connection = self._db.conn
        self._check_place()
        with translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _check_place(self) -> None:
        # The other process may have set the file aside: what is written there reaches nobody.
        try:
            inode = self._path.stat().st_ino
        except OSError:
            inode = 0
        if inode != self._inode:
            raise StoreDamaged(f"{self._path.name} 打开的时候被移走或换掉了")
