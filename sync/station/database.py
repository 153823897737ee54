"""Opening station.db: checked, migrated, durable; SQLite's errors become ours here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from .errors import StoreDamaged, StoreError, StoreFull, StoreLocked, StoreNewer, StoreUnwritable
from .schema import STEPS, migrations

BUSY_TIMEOUT_S: Final = 5.0
_FAULTS: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_BUSY: StoreLocked,
    sqlite3.SQLITE_LOCKED: StoreLocked,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
}


@contextmanager
def translated() -> Generator[None]:
    """Raise SQLite's errors as StoreLocked, StoreFull, StoreDamaged or StoreUnwritable."""
    try:
        yield
    except sqlite3.Error as cause:
        primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        fault = _FAULTS.get(primary)
        if fault is None and "file is not a database" in str(cause):
            fault = StoreDamaged
        raise (fault or StoreUnwritable)(str(cause)) from cause


def connect(path: Path, busy_timeout_s: float) -> Database:
    """Open, check and migrate the file; made with mode 0600 if it is missing."""
    with translated():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as cause:
            raise StoreUnwritable(f"{path}: {cause.strerror}") from cause
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            return _prepare(connection)
        except BaseException:
            connection.close()
            raise


def _prepare(connection: sqlite3.Connection) -> Database:
    fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise StoreDamaged(str(fault)[:200])
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    db = Database(connection)
    steps = migrations()
    newer = {step.name for step in steps.applied(db)} - {step.__name__ for step in STEPS}
    if newer:
        raise StoreNewer(", ".join(sorted(newer)))
    if steps.pending(db):
        steps.apply(db)
    return db


def set_aside(path: Path) -> Path:
    """Rename a damaged file and its companions; they are kept for whoever can read them."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(f"{aside.name}{suffix}"))
    return aside
