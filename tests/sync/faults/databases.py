"""The office's database of a run: empty in a moment, copied as a backup does, put back as a restore does."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class OfficeDatabase(Protocol):
    """What a run needs; the office does not run while its database is put back."""

    def keep_template(self) -> None:
        """Remember the database as it is, migrated and empty."""
        ...

    def reset(self) -> None:
        """Back to the template."""
        ...

    def back_up(self) -> None:
        """Copy it; the office does not run meanwhile."""
        ...

    def restore(self) -> None:
        """Put the copy back."""
        ...

    def set_writable(self, writable: bool) -> None:
        """Whether the office may write, as far as the database's own settings say it."""
        ...

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """What a query without values finds; leaves nothing open that a fork could inherit and use."""
        ...

    @property
    def full_bytes(self) -> int | None:
        """How large a file the office may write while its disk is full, None if that is the server's to say."""
        ...


class SqliteDatabase:
    """A file in the office's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep_template(self) -> None:
        """Remember the database as it is."""
        self._copy("template")

    def reset(self) -> None:
        """Back to the template."""
        self._put_back("template")

    def back_up(self) -> None:
        """Copy it."""
        self._copy("backup")

    def restore(self) -> None:
        """Put the copy back."""
        self._put_back("backup")

    def set_writable(self, writable: bool) -> None:
        """A file has no such setting; its disk is full instead."""

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """Rows, from a connection of their own."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(query).fetchall()

    @property
    def full_bytes(self) -> int | None:
        """Room for what the database needs to start, not for events."""
        return 40_000

    def _copy(self, name: str) -> None:
        with (
            closing(sqlite3.connect(self._path)) as source,
            closing(sqlite3.connect(self._path.with_suffix(f".{name}"))) as sink,
        ):
            source.backup(sink)

    def _put_back(self, name: str) -> None:
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        shutil.copy(self._path.with_suffix(f".{name}"), self._path)


class PostgresDatabase:
    """A database of a cluster; copies are databases beside it."""

    def __init__(self, admin_url: str, name: str) -> None:
        self._admin_url = admin_url
        self._name = name
        self._reader: psycopg.Connection[tuple[Any, ...]] | None = None
        self.url = urlsplit(admin_url)._replace(path=f"/{name}").geturl()

    def create(self) -> None:
        """Make it, empty."""
        self._execute("CREATE DATABASE {}", self._name)

    def keep_template(self) -> None:
        """Remember the database as it is."""
        self._copy(self._name, f"{self._name}_template")

    def reset(self) -> None:
        """Back to the template."""
        self._copy(f"{self._name}_template", self._name)

    def back_up(self) -> None:
        """Copy it."""
        self._copy(self._name, f"{self._name}_backup")

    def restore(self) -> None:
        """Put the copy back."""
        self._copy(f"{self._name}_backup", self._name)

    def set_writable(self, writable: bool) -> None:
        """A server that has become read-only, as a standby is."""
        word = sql.Literal("off" if writable else "on")
        self._execute("ALTER DATABASE {} SET default_transaction_read_only = {}", self._name, word)

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """Rows, from a connection that is kept: children inherit it, but nothing of theirs knows it."""
        if self._reader is None or self._reader.closed:
            self._reader = psycopg.connect(self.url, autocommit=True)
        return self._reader.execute(query.encode()).fetchall()

    @property
    def full_bytes(self) -> int | None:
        """The server writes, not the office."""
        return None

    def _copy(self, source: str, sink: str) -> None:
        if self._reader is not None:
            self._reader.close()
        # FORCE: a process that was just killed may still have its connection.
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sink)
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}", sql.Literal(source)
        )
        self._execute("CREATE DATABASE {} TEMPLATE {}", sink, source)

    def _execute(self, text: str, *names: str | sql.Literal) -> None:
        parts = [sql.Identifier(name) if isinstance(name, str) else name for name in names]
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL(text).format(*parts))  # type: ignore[arg-type]
