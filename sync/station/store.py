"""The station's store, station.db: the journal and the documents. The only SQL on the station.

Kiosk and agent each open it in their own process; SQLite's WAL keeps them out of each other's
way. What is appended is on the disk (`synchronous=FULL`) before `append` returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sync.protocol.wire import Published, Result

from .database import BUSY_TIMEOUT_S, connect, make_whole, set_aside, translated
from .documents.documents import Documents, note_change, put_documents
from .documents.renewal import Renewal, Renewals, find_renewal
from .errors import NotEnrolled, StoreDamaged
from .facts import Facts, Identity, Standing, find_identity, put_cursor, put_fact
from .files.blobs import Blobs
from .journal.journal import Journal
from .journal.rows import acknowledge, carry, has_line, reject, rewind
from .part import Part

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["Documents", "Facts", "Identity", "Journal", "Standing", "Store"]


class Store(Part):
    """The open file: `journal`, `documents`, `facts`, `renewals`, `blobs`. Use it on the thread that opened it."""

    def __init__(self, db: Database, path: Path) -> None:
        super().__init__(db, path)
        self.journal = Journal(db, path)
        self.documents = Documents(db, path)
        self.facts = Facts(db, path)
        self.renewals = Renewals(db, path)
        self.blobs = Blobs(path.parent / "blobs")
        self._version = self._data_version()

    @classmethod
    def open(cls, path: Path, *, create: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Store:
        """Open and migrate the file; only enrolment creates it.

        Raises NotEnrolled, StoreDamaged (the file is then set aside), StoreLocked, StoreNewer, StoreUnwritable.
        """
        if create:
            make_whole(path, busy_timeout_s)
        else:
            _refuse_missing(path)
        return cls(connect(path, busy_timeout_s), path)

    def changed(self) -> bool:
        """Whether another process wrote since this was last asked."""
        before, self._version = self._version, self._data_version()
        return before != self._version

    def close(self) -> None:
        """Let go of the file."""
        with translated():
            self._db.close()

    def absorb(
        self,
        epoch: str,
        head: int,
        results: Iterable[Result],
        published: Sequence[Published],
        cursor: str,
        *,
        at: datetime | None = None,
    ) -> bool:
        """Take in one reply as a whole: what was stored or rejected, new documents, the new cursor.

        `at` is when the office answered. False, and nothing taken in, if the station has been enrolled anew meanwhile.
        """
        with self._writing() as connection:
            identity = find_identity(connection)
            if identity is not None and identity.epoch != epoch:
                return False
            reject(connection, epoch, (result for result in results if result.status == "rejected"))
            acknowledge(connection, epoch, head, at)
            if published:
                put_documents(connection, published, find_renewal(connection).round)
                note_change(connection)
            put_cursor(connection, cursor)
        return True

    def enrol(self, identity: Identity, previous_head: int = 0, previous_digest: str = "") -> None:
        """Become this station; events of an earlier enrolment that the office lacks come along in the new epoch.

        `previous_digest` is of the office's line at `previous_head`: if ours is another one, the journals parted
        before it, and nothing that waits here is taken for stored. An older office tells none.
        """
        with self._writing() as connection:
            old = find_identity(connection)
            if old is not None:
                if (old.office, old.install) == (identity.office, identity.install):
                    if not previous_digest or has_line(connection, old.epoch, previous_head, previous_digest):
                        acknowledge(connection, old.epoch, previous_head)
                    # Restored from a backup, it may have lost events that we take for stored.
                    rewind(connection, old.epoch, previous_head)
                if old.is_same_station(identity):
                    identity = replace(identity, earlier=old.earlier_with_own())
                # On a copied disk the office's head counts the other machine's events, not these.
                carry(connection, identity.epoch)
            if old is not None and (old.station, old.office) != (identity.station, identity.office):
                # What was published to another station is not ours to show.
                connection.execute("DELETE FROM document")
                note_change(connection)
            put_fact(connection, identity)
            # The office names anew what this station should hold; what is equal stays.
            put_cursor(connection, "")
            put_fact(connection, Renewal(round=find_renewal(connection).round, is_doubted=True))

    def _data_version(self) -> int:
        return int(self._rows("PRAGMA data_version")[0][0])


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        aside = sorted(path.parent.glob(f"{path.name}.damaged-*[0-9]"))
        raise StoreDamaged(f"已另存为 {aside[-1].name}") if aside else NotEnrolled(str(path))
    if not path.stat().st_size:
        # SQLite would take an emptied file for a new one, and the station for one that never was.
        raise StoreDamaged(f"是空的，已另存为 {set_aside(path).name}")
