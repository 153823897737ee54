"""The journal: what happened here, in order, and what of it the office has."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

import msgspec

from sync.protocol.errors import TooLarge, UnknownKind, WireError
from sync.protocol.events import (
    MAX_LINE_BYTES,
    Entry,
    Event,
    RawEntry,
    decode_entry,
    decode_raw_entry,
    digest_of,
    encode_entry,
    kind_of,
    renumber_entry,
)
from sync.protocol.wire import Result
from sync.station.errors import NotEnrolled
from sync.station.facts import Identity, find_identity, put_fact
from sync.station.part import Part

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)


class Acked(NamedTuple):
    """An acknowledged event, as far as it matters for how long it stays."""

    id: int
    epoch: str
    seq: int
    subject: str
    at: str         # when it happened, by the station's clock
    acked_at: int   # when the office had it, seconds since 1970; 0 if nobody knows

    def is_acked_before(self, moment: datetime) -> bool:
        """Whether the office has had it since before this moment."""
        return 0 < self.acked_at < moment.timestamp()

    def happened_before(self, moment: datetime) -> bool:
        """Whether it happened before this moment."""
        return self.at < _moment(moment)


class Settled(NamedTuple):
    """An event that waits no longer, and the digest of its line."""

    seq: int
    digest: str


class Journal(Part):
    """Everything that happened here, in order. Only what is unsent may get another number, in another epoch."""

    def append(self, event: Event, *, at: datetime, subject: str = "") -> Entry:
        """Commit one event; when this returns it survives a power cut. `at` is aware, local offset.

        Raises StoreFull, StoreLocked, StoreDamaged, StoreUnwritable, NotEnrolled, or TooLarge and WireError
        for an event that no one could read again: then nothing is recorded.
        """
        with self._writing() as connection:
            identity = find_identity(connection)
            if identity is None:
                raise NotEnrolled
            epoch = identity.epoch
            row = connection.execute("SELECT max(seq) FROM journal WHERE epoch = ?", (epoch,)).fetchone()
            seq = (row[0] or 0) + 1
            body = encode_entry(seq, at, event)
            if len(body) > MAX_LINE_BYTES:
                raise TooLarge(f"{kind_of(event)}: {len(body)} bytes")
            entry = decode_entry(body)
            connection.execute(
                "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (epoch, seq, kind_of(event), subject, _moment(at), body, digest_of(body)),
            )
        return entry

    def about(self, subject: str) -> list[tuple[str, Entry]]:
        """Epoch and entry of every event on this subject, oldest first; rejected ones left out."""
        rows = self._rows(
            "SELECT epoch, body FROM journal WHERE subject = ? AND state <> 'rejected' ORDER BY id", subject
        )
        return [(epoch, entry) for epoch, body in rows for entry in _entries([body])]

    def since(self, kind: type[E], start: datetime) -> list[tuple[datetime, E]]:
        """When and what: events of one kind from a local moment on, oldest first."""
        rows = self._rows(
            "SELECT body FROM journal WHERE kind = ? AND at >= ? ORDER BY id", kind_of(kind), _moment(start)
        )
        entries = _entries(body for (body,) in rows)
        return [(entry.at, entry.event) for entry in entries if isinstance(entry.event, kind)]

    def subjects(self, kinds: Iterable[type[Event]], start: datetime) -> set[str]:
        """Subjects of these kinds' events that still wait, or happened from a local moment on."""
        names = msgspec.json.encode([kind_of(kind) for kind in kinds]).decode()
        rows = self._rows(
            "SELECT DISTINCT subject FROM journal WHERE state = 'pending' AND subject <> '' "
            "UNION SELECT subject FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at >= ?",
            names, _moment(start),
        )
        return {str(subject) for (subject,) in rows}

    def last(self) -> Entry | None:
        """The newest entry."""
        rows = self._rows("SELECT body FROM journal ORDER BY id DESC LIMIT 1")
        return next(_entries(body for (body,) in rows), None)

    def oldest_pending(self) -> RawEntry | None:
        """The event that waits longest to be sent."""
        rows = self._rows("SELECT body FROM journal WHERE state = 'pending' ORDER BY id LIMIT 1")
        return decode_raw_entry(rows[0][0]) if rows else None

    def top(self, epoch: str) -> int:
        """Highest seq of the epoch, 0 if it is empty."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM journal WHERE epoch = ?", epoch)[0][0])

    def count(self, state: str) -> int:
        """How many events are `pending`, `acked` or `rejected`."""
        match state:
            case "pending":
                return self._waiting()
            case "rejected":
                return int(self._rows("SELECT count(*) FROM journal WHERE state = 'rejected'")[0][0])
            case "acked":
                everything = int(self._rows("SELECT count(*) FROM journal")[0][0])
                return everything - self.count("rejected") - self._waiting()
            case _:
                raise ValueError(state)

    def _waiting(self) -> int:
        # What waits in an epoch has no gaps: a month's backlog is counted at its two ends.
        ends = self._rows(
            "SELECT * FROM (SELECT epoch, seq FROM journal WHERE state = 'pending' ORDER BY epoch, seq LIMIT 1) "
            "UNION ALL SELECT * FROM "
            "(SELECT epoch, seq FROM journal WHERE state = 'pending' ORDER BY epoch DESC, seq DESC LIMIT 1)"
        )
        if not ends:
            return 0
        (first_epoch, first), (last_epoch, last) = ends
        if first_epoch == last_epoch:
            return int(last) - int(first) + 1
        return int(self._rows("SELECT count(*) FROM journal WHERE state = 'pending'")[0][0])

    def acked(self, epoch: str) -> int:
        """Highest seq of the epoch below which nothing waits."""
        waiting = self._rows("SELECT min(seq) FROM journal WHERE epoch = ? AND state = 'pending'", epoch)[0][0]
        if waiting is not None:
            return int(waiting) - 1
        return self.top(epoch)

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

    def settled(self, epoch: str, after: int, limit: int) -> list[Settled]:
        """Some events of an epoch that wait no longer, in the order of their numbers, from the one after this."""
        rows = self._rows(
            "SELECT seq, digest FROM journal WHERE epoch = ? AND seq > ? AND state <> 'pending' ORDER BY seq LIMIT ?",
            epoch, after, limit,
        )
        return [Settled(*row) for row in rows]

    def acked_after(self, last: int, limit: int) -> list[Acked]:
        """Some acknowledged events, oldest first, that follow the one with this id."""
        rows = self._rows(
            "SELECT id, epoch, seq, subject, at, acked_at FROM journal WHERE id > ? AND state = 'acked' "
            "ORDER BY id LIMIT ?", last, limit,
        )
        return [Acked(*row) for row in rows]

    def forget(self, ids: Iterable[int]) -> int:
        """Delete acknowledged events, never the newest of an epoch, from which seq goes on; how many that was."""
        with self._writing() as connection:
            return connection.executemany(
                "DELETE FROM journal WHERE id = ? AND state = 'acked' "
                "AND seq < (SELECT max(seq) FROM journal AS same WHERE same.epoch = journal.epoch)",
                [(row_id,) for row_id in ids],
            ).rowcount

    def waits_outside(self, epoch: str) -> bool:
        """Whether an event of another epoch waits; only in a new epoch can it be sent."""
        return bool(self._rows("SELECT 1 FROM journal WHERE state = 'pending' AND epoch <> ? LIMIT 1", epoch))

    def rewind(self, epoch: str, head: int) -> int:
        """The office knows nothing after `head`: send all of it again; how many events that is."""
        with self._writing() as connection:
            return rewind(connection, epoch, head)

    def open_epoch(self, epoch: str, identity: Identity) -> Identity:
        """Start a new epoch and carry all unsent events into it, numbered anew.

        Nothing happens if the station has been enrolled anew since `identity` was read.
        """
        renewed = msgspec.structs.replace(identity, epoch=epoch, earlier=identity.earlier_with_own())
        with self._writing() as connection:
            found = find_identity(connection)
            if found is not None and found.epoch != identity.epoch:
                return found
            carry(connection, epoch)
            put_fact(connection, renewed)
        return renewed


def _moment(at: datetime) -> str:
    # One zone and one width, so that text compares as time does.
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _seconds(at: datetime | None) -> int:
    # 0: nobody knows when.
    return 0 if at is None else int(at.timestamp())


def _entries(bodies: Iterable[bytes]) -> Iterator[Entry]:
    for body in bodies:
        try:
            yield decode_entry(body)
        except (WireError, UnknownKind) as fault:
            # A newer program wrote it before a step back; it is sent all the same.
            logger.warning("journal: an event is left out: %s", fault)


def has_line(connection: sqlite3.Connection, epoch: str, seq: int, digest: str) -> bool:
    """Whether this very line lies at this place, inside the caller's transaction."""
    rows = connection.execute("SELECT digest FROM journal WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchall()
    return rows == [(digest,)]


def acknowledge(connection: sqlite3.Connection, epoch: str, head: int, at: datetime | None = None) -> None:
    """The office holds everything up to `head` since `at`; inside the caller's transaction."""
    connection.execute(
        "UPDATE journal SET state = 'acked', acked_at = ? WHERE epoch = ? AND seq <= ? AND state = 'pending'",
        (_seconds(at), epoch, head),
    )


def reject(connection: sqlite3.Connection, epoch: str, results: Iterable[Result]) -> None:
    """The office set these aside; inside the caller's transaction."""
    connection.executemany(
        "UPDATE journal SET state = 'rejected', code = ? WHERE epoch = ? AND seq = ? AND state = 'pending'",
        [(result.code[:64], epoch, result.seq) for result in results],
    )


def rewind(connection: sqlite3.Connection, epoch: str, head: int) -> int:
    """Have all that follows `head` wait again, inside the caller's transaction; how many events that is."""
    return connection.execute(
        "UPDATE journal SET state = 'pending', code = '' WHERE epoch = ? AND seq > ? AND state <> 'pending'",
        (epoch, head),
    ).rowcount


def carry(connection: sqlite3.Connection, epoch: str) -> None:
    """Number all waiting events anew in a fresh epoch, inside the caller's transaction."""
    rows = connection.execute("SELECT id, body FROM journal WHERE state = 'pending' ORDER BY id").fetchall()
    for seq, (row_id, body) in enumerate(rows, 1):
        try:
            line = renumber_entry(body, seq)
        except WireError as fault:
            # Sent as it is, it ends in the office's quarantine; here it must not hold up the others.
            logger.warning("journal: an event cannot be read: %s", fault)
            line = body
        connection.execute(
            "UPDATE journal SET epoch = ?, seq = ?, body = ?, digest = ? WHERE id = ?",
            (epoch, seq, line, digest_of(line), row_id),
        )
