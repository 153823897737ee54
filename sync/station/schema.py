"""Migrations of station.db: numbered, append-only; step and record commit together.

An update may be taken back, so the program before must be able to work with what this one made of the file: a step adds
tables, indexes, and columns with a default, and nothing else. What it makes useless is taken away a release later, by a
step that raises READABLE_SINCE. The file says who can read it; a program that knows fewer steps refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


def migrations() -> Migrations:
    """All steps this program knows, oldest first."""
    from sqlite_utils.migrations import Migrations  # as late as in database.py  # noqa: PLC0415

    steps = Migrations("station")
    for step in STEPS:
        steps()(step)
    return steps


def m001_journal_and_documents(db: Database) -> None:
    """The journal, the documents, and a few facts about this installation."""
    db.execute(
        """
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            epoch TEXT NOT NULL,
            seq INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            at TEXT NOT NULL,
            body BLOB NOT NULL,
            digest TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acked', 'rejected')),
            code TEXT NOT NULL DEFAULT '',
            UNIQUE (epoch, seq)
        )
        """
    )
    db.execute("CREATE INDEX journal_waiting ON journal (epoch, seq) WHERE state = 'pending'")
    db.execute("CREATE INDEX journal_rejected ON journal (epoch, seq) WHERE state = 'rejected'")
    db.execute("CREATE INDEX journal_subject ON journal (subject, id) WHERE subject <> ''")
    db.execute("CREATE INDEX journal_waiting_subject ON journal (subject) WHERE state = 'pending' AND subject <> ''")
    db.execute("CREATE INDEX journal_kind_at ON journal (kind, at)")
    db.execute(
        """
        CREATE TABLE document (
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            rev INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (type, key)
        )
        """
    )
    db.execute(
        "CREATE INDEX document_copy_place ON document (json_extract(body, '$.station')) WHERE type = 'copy'"
    )
    db.execute("CREATE INDEX document_copy_isbn ON document (json_extract(body, '$.isbn')) WHERE type = 'copy'")
    db.execute(
        "CREATE INDEX document_copy_borrower ON document (json_extract(body, '$.borrower')) WHERE type = 'copy'"
    )
    db.execute("CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)")


def m002_scopes_rounds_and_files(db: Database) -> None:
    """Where each document is published, in which restart it came, whether it needs files; when an event was acked."""
    db.execute("ALTER TABLE journal ADD COLUMN acked_at INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE document ADD COLUMN scope TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE document ADD COLUMN round INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE document ADD COLUMN needs_files INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE document SET needs_files = 1 WHERE instr(body, '\"blobs\"')")
    db.execute("CREATE INDEX document_needs_files ON document (type) WHERE needs_files")
    db.execute("CREATE TABLE stale_group (type TEXT, scope TEXT, PRIMARY KEY (type, scope))")
    # Nobody knows the scopes of what is here: an empty cursor has the office name what it holds.
    db.execute("DELETE FROM fact WHERE name = 'cursor'")
    db.execute("UPDATE fact SET name = 'Standing' WHERE name = 'Line'")


def m003_boots(db: Database) -> None:
    """In which run of the machine each event was written, and how wrong the clock was: journal/timekeeping.py."""
    db.execute("ALTER TABLE journal ADD COLUMN boot INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE journal ADD COLUMN slip_s REAL NOT NULL DEFAULT 0")
    db.execute(
        """
        CREATE TABLE boot (
            place INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            wall REAL NOT NULL,
            proven REAL,
            first_s REAL NOT NULL,
            last_s REAL NOT NULL,
            start REAL NOT NULL
        )
        """
    )


STEPS: Final = (m001_journal_and_documents, m002_scopes_rounds_and_files, m003_boots)
# How many of these steps a program must know to work with a file that has them all.
READABLE_SINCE: Final = 3
