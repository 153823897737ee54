"""The rows of the journal: what is done to them inside the caller's transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from sync.protocol.errors import TooLarge, UnknownKind, WireError
from sync.protocol.events import (
    MAX_LINE_BYTES,
    Entry,
    Event,
    decode_entry,
    digest_of,
    encode_entry,
    kind_of,
    renumber_entry,
)
from sync.protocol.wire import Result

from .timekeeping import Reading, text_of

_SAME_S: Final = 0.05       # a line says milliseconds, and two clocks are not read at once
logger = logging.getLogger(__name__)


def _seconds(at: datetime | None) -> int:
    # 0: nobody knows when.
    return 0 if at is None else int(at.timestamp())


def entries(bodies: Iterable[bytes]) -> Iterator[Entry]:
    """What these lines say; one that only a newer program can read is left out."""
    for body in bodies:
        try:
            yield decode_entry(body)
        except (WireError, UnknownKind) as fault:
            # A newer program wrote it before a step back; it is sent all the same.
            logger.warning("journal: an event is left out: %s", fault)


def believed(rows: Iterable[tuple[bytes, str]]) -> Iterator[Entry]:
    """Entries as they were written, but at the moment they are believed to have happened."""
    for body, at in rows:
        for entry in entries([body]):
            moment = datetime.fromisoformat(at).astimezone(entry.at.tzinfo)
            yield entry if at == text_of(entry.at) else msgspec.structs.replace(entry, at=moment)


def insert(
    connection: sqlite3.Connection, epoch: str, event: Event, at: datetime, subject: str,
    *, reading: Reading | None = None,
) -> Entry:
    """Append one event, inside the caller's transaction."""
    row = connection.execute("SELECT max(seq) FROM journal WHERE epoch = ?", (epoch,)).fetchone()
    seq = (row[0] or 0) + 1
    body = encode_entry(seq, at, event)
    if len(body) > MAX_LINE_BYTES:
        raise TooLarge(f"{kind_of(event)}: {len(body)} bytes")
    entry = decode_entry(body)
    moment = reading.at if reading else at
    slip_s = (moment - entry.at).total_seconds()
    if reading is None or abs(slip_s) < _SAME_S:
        moment, slip_s = entry.at, 0.0
    connection.execute(
        "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest, boot, slip_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            epoch, seq, kind_of(event), subject, text_of(moment), body, digest_of(body),
            reading.place if reading else 0, slip_s,
        ),
    )
    return entry


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
