"""How far the documents' renewal after a restart has come; every step is one transaction.

What a restart finds different is stale, by group, until it is written again: `round` says in which
restart a row was written last. So marking a million documents costs a few rows in `stale_group`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import msgspec

from sync.protocol.wire import Published, Snapshot
from sync.station.database import translated
from sync.station.errors import EnrolledAnew
from sync.station.facts import find_fact, find_identity, put_cursor, put_fact
from sync.station.part import Part

from .documents import Group, load_documents, note_change

_CHUNK: Final = 5_000


class Awaited(msgspec.Struct, frozen=True, omit_defaults=True):
    """A snapshot that is still to be loaded, and how often it could not be."""

    scope: str
    snapshot: Snapshot
    failures: int = 0


class Renewal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A restart and what is left to do of it; the cursor stays empty while snapshots are awaited."""

    round: int = 0
    is_open: bool = False
    cursor: str = ""                    # to go on from, when all snapshots are loaded
    rev: int = 0                        # of the office's offer
    floors: dict[str, int] = {}
    snapshots: tuple[Awaited, ...] = ()
    proved_at: datetime | None = None   # when both sides were last seen to hold the same; aware
    is_doubted: bool = False            # the office went back, or knows us anew: our epochs are compared at the end


class Renewals(Part):
    """The renewal of the documents; written by the agent only. Raises EnrolledAnew if the epoch is another by now."""

    def find(self) -> Renewal:
        """The one that is open, or the last one."""
        with translated():
            return find_renewal(self._db.conn)

    def begin(self, epoch: str, renewal: Renewal, stale: Iterable[Group]) -> None:
        """Start this one; documents of the stale groups stay readable until they are swept."""
        with self._writing_in(epoch) as connection:
            connection.execute("DELETE FROM stale_group")
            connection.executemany("INSERT INTO stale_group (type, scope) VALUES (?, ?)", stale)
            _note(connection, renewal)

    def doubt(self, epoch: str) -> None:
        """The office forgot something: start again, and compare every epoch at the end of it."""
        with self._writing_in(epoch) as connection:
            renewal = find_renewal(connection)
            put_fact(connection, msgspec.structs.replace(renewal, is_doubted=True))
            if not renewal.is_open:
                put_cursor(connection, "")

    def load(self, epoch: str, published: Iterable[Published]) -> None:
        """Take in some lines of a snapshot."""
        with self._writing_in(epoch) as connection:
            load_documents(connection, published, find_renewal(connection).round)
            note_change(connection)

    def note(self, epoch: str, renewal: Renewal) -> None:
        """One more step is done."""
        with self._writing_in(epoch) as connection:
            _note(connection, renewal)

    def sweep(self, epoch: str) -> int:
        """Everything has arrived: delete what is still stale; how many documents that was."""
        if not self._rows("SELECT 1 FROM stale_group LIMIT 1"):
            return 0
        round_, last, count = self.find().round, -1, 0
        while rows := self._rows(
            "SELECT rowid, round FROM document WHERE rowid > ? ORDER BY rowid LIMIT ?", last, _CHUNK
        ):
            first, last = rows[0][0], rows[-1][0]
            if any(written < round_ for _, written in rows):
                count += self._sweep_between(epoch, first, last, round_)
        return count

    def _sweep_between(self, epoch: str, first: int, last: int, round_: int) -> int:
        with self._writing_in(epoch) as connection:
            count = connection.execute(
                "DELETE FROM document WHERE rowid BETWEEN ? AND ? AND round < ? "
                "AND (type, scope) IN (SELECT type, scope FROM stale_group)", (first, last, round_),
            ).rowcount
            if count:
                note_change(connection)
        return count

    def finish(self, epoch: str, proved_at: datetime | None) -> None:
        """Nothing is left to do; `proved_at` is None if the office names no digests."""
        with self._writing_in(epoch) as connection:
            connection.execute("DELETE FROM stale_group")
            put_fact(connection, Renewal(round=find_renewal(connection).round, proved_at=proved_at))

    @contextmanager
    def _writing_in(self, epoch: str) -> Generator[sqlite3.Connection]:
        with self._writing() as connection:
            identity = find_identity(connection)
            if identity is None or identity.epoch != epoch:
                raise EnrolledAnew
            yield connection


def find_renewal(connection: sqlite3.Connection) -> Renewal:
    """The open renewal, or the last one, inside the caller's transaction."""
    return find_fact(connection, Renewal) or Renewal()


def _note(connection: sqlite3.Connection, renewal: Renewal) -> None:
    put_fact(connection, renewal)
    put_cursor(connection, "" if renewal.snapshots else renewal.cursor)
