"""The journal: what happened here, in order, and what of it the office has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from sync.protocol.events import Entry, Event, RawEntry, decode_raw_entry, kind_of
from sync.station.errors import NotEnrolled
from sync.station.facts import Identity, find_identity, put_fact

from .rows import believed, carry, entries, insert, rewind
from .timekeeping import text_of
from .times import Timekept, look

E = TypeVar("E", bound=Event)


class Acked(NamedTuple):
    """An acknowledged event, as far as it matters for how long it stays."""

    id: int
    epoch: str
    seq: int
    kind: str
    subject: str
    at: str         # when it happened, by the station's clock
    acked_at: int   # when the office had it, seconds since 1970; 0 if nobody knows

    def is_acked_before(self, moment: datetime) -> bool:
        """Whether the office has had it since before this moment."""
        return 0 < self.acked_at < moment.timestamp()

    def happened_before(self, moment: datetime) -> bool:
        """Whether it happened before this moment."""
        return self.at < text_of(moment)


class Settled(NamedTuple):
    """An event that waits no longer, and the digest of its line."""

    seq: int
    digest: str


class Journal(Timekept):
    """Everything that happened here, in order. Only what is unsent may get another number, in another epoch."""

    def append(
        self, event: Event, *, at: datetime, subject: str = "", facts: Sequence[msgspec.Struct] = ()
    ) -> Entry:
        """Commit one event; when this returns it survives a power cut. `at` is aware, local offset.

        `facts` are replaced in the same transaction: the event and what it changes are there together or not at all.

        Once the journal keeps time, the line says what the wall clock does, and `at` only in which zone.
        Raises StoreFull, StoreLocked, StoreDamaged, StoreUnwritable, NotEnrolled, or TooLarge and WireError
        for an event that no one could read again: then nothing is recorded.
        """
        with self._writing() as connection:
            identity = find_identity(connection)
            if identity is None:
                raise NotEnrolled
            for fact in facts:
                put_fact(connection, fact)
            if self.clock is None:
                return insert(connection, identity.epoch, event, at, subject)
            raw = self.clock.now().astimezone(at.tzinfo)
            reading = look(connection, self.clock, identity.epoch, raw)
            return insert(connection, identity.epoch, event, raw, subject, reading=reading)

    def about(self, subject: str) -> list[tuple[str, Entry]]:
        """Epoch and entry of every event on this subject, oldest first; rejected ones left out.

        An entry's `at` is when it is believed to have happened, here as in `since`.
        """
        rows = self._rows(
            "SELECT epoch, body, at FROM journal WHERE subject = ? AND state <> 'rejected' ORDER BY id", subject
        )
        return [(epoch, entry) for epoch, body, at in rows for entry in believed([(body, at)])]

    def since(self, kind: type[E], start: datetime) -> list[tuple[datetime, E]]:
        """When and what: events of one kind from a local moment on, oldest first."""
        rows = self._rows(
            "SELECT body, at FROM journal WHERE kind = ? AND at >= ? ORDER BY id", kind_of(kind), text_of(start)
        )
        return [(entry.at, entry.event) for entry in believed(rows) if isinstance(entry.event, kind)]

    def told(self, kinds: Iterable[type[Event]], start: datetime) -> list[Event]:
        """Events of several kinds from a moment on, in the order they were appended, whatever the clock did."""
        names = msgspec.json.encode([kind_of(kind) for kind in kinds]).decode()
        rows = self._rows(
            "SELECT body FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at >= ? ORDER BY id",
            names, text_of(start),
        )
        return [entry.event for entry in entries(body for (body,) in rows)]

    def subjects(self, kinds: Iterable[type[Event]], start: datetime) -> set[str]:
        """Subjects of these kinds' events that still wait, or happened from a local moment on."""
        names = msgspec.json.encode([kind_of(kind) for kind in kinds]).decode()
        rows = self._rows(
            "SELECT subject FROM journal WHERE state = 'pending' AND subject <> '' "
            "AND kind IN (SELECT value FROM json_each(?)) "
            "UNION SELECT subject FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at >= ?",
            names, names, text_of(start),
        )
        return {str(subject) for (subject,) in rows}

    def last(self) -> Entry | None:
        """The newest entry."""
        rows = self._rows("SELECT body FROM journal ORDER BY id DESC LIMIT 1")
        return next(entries(body for (body,) in rows), None)

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
            "SELECT id, epoch, seq, kind, subject, at, acked_at FROM journal WHERE id > ? AND state = 'acked' "
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
