"""Whose turn it is: journals of one station are projected one at a time, and none while read models are emptied.

PostgreSQL keeps these locks until the transaction ends. SQLite lets one transaction write at a time anyway.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from sync.central.core.models import Turn

_GATE: Final = 0x59_5A_00_01    # any number will do, as long as it stays the same


def try_enter() -> bool:
    """Join those who tell read models; False while somebody empties them."""
    return _ask("SELECT pg_try_advisory_xact_lock_shared(%s)")


def enter() -> None:
    """Join those who tell read models, after whoever empties them."""
    _ask("SELECT pg_advisory_xact_lock_shared(%s) IS NOT NULL")


def shut() -> None:
    """Wait until nobody tells read models, and keep everybody out."""
    _ask("SELECT pg_advisory_xact_lock(%s) IS NOT NULL")


def try_take_station(station_id: str) -> bool:
    """Be the only one who tells of this station until the transaction ends; False if somebody else is."""
    turns = Turn.objects.filter(station_id=station_id)
    if not turns.exists():
        Turn.objects.bulk_create([Turn(station_id=station_id)], ignore_conflicts=True)
    if connection.features.has_select_for_update_skip_locked:
        turns = turns.select_for_update(skip_locked=True)
    return turns.first() is not None


def take_station(station_id: str) -> None:
    """Be the only one who tells of this station, after whoever is."""
    Turn.objects.bulk_create([Turn(station_id=station_id)], ignore_conflicts=True)
    Turn.objects.select_for_update().get(station_id=station_id)


def _ask(query: str) -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(query, [_GATE])
        return bool(cursor.fetchone()[0])
