"""Whose turn it is: journals of one station are projected one at a time, and none while read models are emptied.

PostgreSQL keeps these locks until the transaction ends. SQLite lets one transaction write at a time anyway.
"""

from __future__ import annotations

import zlib
from typing import Final

from django.db import connection

_GATE: Final = 0x59_5A_00_01       # any numbers will do, as long as they stay the same
_STATION: Final = 0x59_5A_00_02


def try_enter() -> bool:
    """Join those who tell read models; False while somebody empties them."""
    return _ask("SELECT pg_try_advisory_xact_lock_shared(%s, 0)", _GATE)


def enter() -> None:
    """Join those who tell read models, after whoever empties them."""
    _ask("SELECT pg_advisory_xact_lock_shared(%s, 0) IS NOT NULL", _GATE)


def shut() -> None:
    """Wait until nobody tells read models, and keep everybody out."""
    _ask("SELECT pg_advisory_xact_lock(%s, 0) IS NOT NULL", _GATE)


def try_take_station(station_id: str) -> bool:
    """Be the only one who tells of this station; False if somebody else is."""
    return _ask("SELECT pg_try_advisory_xact_lock(%s, %s)", _STATION, _number_of(station_id))


def take_station(station_id: str) -> None:
    """Be the only one who tells of this station, after whoever is."""
    _ask("SELECT pg_advisory_xact_lock(%s, %s) IS NOT NULL", _STATION, _number_of(station_id))


def _number_of(station_id: str) -> int:
    # Two stations with one number only wait for each other.
    return zlib.crc32(station_id.encode()) - 2**31


def _ask(query: str, *values: int) -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return bool(cursor.fetchone()[0])
