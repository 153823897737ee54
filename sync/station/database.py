"""Opening station.db: checked, migrated, durable; SQLite's errors become ours here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.command_line import why

from .errors import StoreDamaged, StoreError, StoreFull, StoreLocked, StoreNewer, StoreUnwritable
from .schema import READABLE_SINCE, STEPS, migrations
from .shared import file_mode

if TYPE_CHECKING:
    from sqlite_utils import Database

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
        raise sqlite_fault(cause) from cause


def sqlite_fault(cause: sqlite3.Error) -> StoreError:
    """Our name for an error of SQLite."""
    return _FAULTS.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, StoreUnwritable)(str(cause))


def connect(path: Path, busy_timeout_s: float) -> Database:
    """Open, check and migrate the file; made private if it is missing.

    A damaged file is set aside, byte for byte as it was found.
    """
    with translated():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, file_mode(path.parent)))
            sync_folder(path.parent)
        except OSError as cause:
            raise StoreUnwritable(f"{path}：{why(cause)}") from cause
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            return _prepare(connection)
        except BaseException as cause:
            fault = sqlite_fault(cause) if isinstance(cause, sqlite3.Error) else cause
            if isinstance(fault, StoreDamaged):
                # Before closing: SQLite writes the WAL back into a file that still has its name.
                fault = StoreDamaged(f"{fault.detail}，已另存为 {set_aside(path).name}")
            connection.close()
            raise fault from cause


def make_whole(path: Path, busy_timeout_s: float) -> None:
    """A new file where there is none, which has its name only once it is whole; raises StoreUnwritable.

    Another program of the station may look at any moment, and takes an empty file for a damaged one.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.new")
    try:
        for left in path.parent.glob(f"{draft.name}*"):
            left.unlink()       # of an enrolment that lost its power
        connect(draft, busy_timeout_s).close()
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        sync_folder(path.parent)
    except OSError as cause:
        raise StoreUnwritable(f"{draft}: {cause.strerror}") from cause


def _prepare(connection: sqlite3.Connection) -> Database:
    fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise StoreDamaged(str(fault)[:200])
    # Imported when a file is opened: the screen's first frame must not wait for it.
    from sqlite_utils import Database  # noqa: PLC0415

    db = Database(connection)
    steps = migrations()
    newer = {step.name for step in steps.applied(db)} - {step.__name__ for step in STEPS}
    if newer and not 0 < _readable_since(connection) <= len(STEPS):
        raise StoreNewer(", ".join(sorted(newer)))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # Half a megabyte of pages is plenty here; SQLite's own 2 MB fill over thousands of visits and look like a leak.
    connection.execute("PRAGMA cache_size = -512")
    if not newer and (steps.pending(db) or _readable_since(connection) != READABLE_SINCE):
        # Kiosk and agent start together after an update: the second waits here and finds nothing left to do.
        connection.execute("BEGIN IMMEDIATE")
        steps.apply(db)
        connection.execute(
            "INSERT OR REPLACE INTO fact (name, value) VALUES ('readable_since', ?)", (str(READABLE_SINCE),)
        )
        connection.execute("COMMIT")
    return db


def _readable_since(connection: sqlite3.Connection) -> int:
    """How many steps a program must know to work with this file; 0 if it does not say."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'fact'").fetchone():
        return 0
    row = connection.execute("SELECT value FROM fact WHERE name = 'readable_since'").fetchone()
    return int(row[0]) if row and str(row[0]).isdecimal() else 0


def sync_folder(folder: Path) -> None:
    """Make names in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_aside(path: Path) -> Path:
    """Rename a damaged file and its companions; they are kept for whoever can read them."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("-wal", "-shm", ""):
        # Another process may have found the damage too and been first.
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(f"{aside.name}{suffix}"))
    sync_folder(path.parent)
    return aside
