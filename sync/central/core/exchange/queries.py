"""The SQL of one exchange, written out: Django's ORM would take longer to make it than the database to run it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
from django.db import connection

from sync.protocol.wire import Health

_EVENT_COLUMNS: Final = "journal_id, seq, kind, subject, at, at_utc, line, digest, received_at"
_EVENT_TYPES: Final = ("int8", "int8", "text", "text", "text", "timestamptz", "bytea", "text", "timestamptz")

_Value = str | int | float | datetime | None


class Place(NamedTuple):
    """A journal, and how far it is stored."""

    id: int
    head: int


class Visitor(NamedTuple):
    """What an exchange needs to know of its station and of the journal it writes; both rows are locked."""

    id: str
    region: str
    public_key: str
    install: str
    revoked_at: datetime | None
    journal: Place


class EventRow(NamedTuple):
    """One row of events, in the order of its columns."""

    journal_id: int
    seq: int
    kind: str
    subject: str
    at: str
    at_utc: datetime
    line: bytes
    digest: str
    received_at: datetime


def find_key(station_id: str) -> str:
    """The public key a station was enrolled with; empty if there is none."""
    row = _row("SELECT public_key FROM core_station WHERE id = %s", station_id)
    return str(row[0]) if row else ""


def lock_station(station_id: str, epoch: str) -> Visitor | None:
    """The station with its journal of this epoch, nobody else's until the transaction ends; None if it has none."""
    # One statement locks both: a head read with the station's row might be older than the wait for it.
    # NO KEY: rows that refer to the station, the projector's, must not wait for this while this waits for them.
    find = (
        "SELECT s.id, s.region, s.public_key, s.install, s.revoked_at, j.id, j.head FROM core_station s"
        " JOIN core_journal j ON j.station_id = s.id AND j.epoch = %s WHERE s.id = %s"
    )
    row = _row(find + " FOR NO KEY UPDATE" if _is_postgres() else find, epoch, station_id)
    if row is None:
        return None
    id_, region, public_key, install, revoked_at, journal_id, head = row
    return Visitor(id_, region, public_key, install, revoked_at, Place(journal_id, head))


def note_visit(station_id: str, health: Health, offset_s: float, now: datetime) -> None:
    """Write down how the station is; the caller has bounded what it says."""
    _execute(
        "UPDATE core_station SET last_sync_at = %s, clock_offset_s = %s, pending = %s, rejected = %s, free_mb = %s,"
        " version = %s, faults = %s WHERE id = %s",
        _moment(now), offset_s, health.pending, health.rejected, health.free_mb, health.version,
        msgspec.json.encode(health.faults).decode(), station_id,
    )


def spend_nonce(station_id: str, nonce: str, expires_at: datetime) -> bool:
    """Remember a nonce; False if it was there before."""
    return _execute(
        "INSERT INTO core_nonce (station_id, nonce, expires_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        station_id, nonce, _moment(expires_at),
    ) > 0


def forget_nonces(station_id: str, now: datetime) -> None:
    """Drop this station's nonces that are too old to be replayed."""
    _execute("DELETE FROM core_nonce WHERE station_id = %s AND expires_at < %s", station_id, _moment(now))


def open_journal(station_id: str, epoch: str, now: datetime) -> None:
    """Begin a journal; nothing happens if there is one, or no such station."""
    _execute(
        "INSERT INTO core_journal (station_id, epoch, head, projected, opened_at)"
        " SELECT id, %s, 0, 0, %s FROM core_station WHERE id = %s ON CONFLICT DO NOTHING",
        epoch, _moment(now), station_id,
    )


def move_head(journal_id: int, head: int) -> None:
    """Everything up to `head` is stored or set aside."""
    _execute("UPDATE core_journal SET head = %s WHERE id = %s", head, journal_id)


def find_last_moment(journal: Place) -> datetime | None:
    """When the last event that is stored was; None if there is none."""
    if not journal.head:
        return None
    row = _row(
        "SELECT at_utc FROM core_event WHERE journal_id = %s AND seq <= %s ORDER BY seq DESC LIMIT 1",
        journal.id, journal.head,
    )
    return None if row is None else row[0] if _is_postgres() else row[0].replace(tzinfo=UTC)


def store_events(rows: Sequence[EventRow]) -> None:
    """Insert these; all of them are new."""
    if not rows:
        return
    if _is_postgres():
        # Django leaves the errors of COPY as psycopg's, and nobody would know them for the database's.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(
            f"COPY core_event ({_EVENT_COLUMNS}) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(_EVENT_TYPES)
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(_EVENT_TYPES))
    received_at = _in_text(rows[0].received_at)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO core_event ({_EVENT_COLUMNS}) VALUES ({marks})",  # noqa: S608  # of our own
            [(*row[:5], _in_text(row.at_utc), row.line, row.digest, received_at) for row in rows],
        )


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _moment(at: datetime) -> datetime | str:
    """A moment as the database keeps it."""
    return at if _is_postgres() else _in_text(at)


def _in_text(at: datetime) -> str:
    # Django's SQLite has moments in UTC, without saying so.
    return str(at.astimezone(UTC).replace(tzinfo=None))


def _row(sql: str, *values: _Value) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def _execute(sql: str, *values: _Value) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount
