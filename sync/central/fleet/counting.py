"""How releases do at the stations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from sync.central.core.models import Station

from .models import Result

# Why a program was left, or did not come, that is no fault of the program.
_NOT_ITS_FAULT: Final = frozenset({
    "UPDATE-WITHDRAWN", "UPDATE-COMMANDED", "SYNC-FILE", "STORE-FULL", "STORE-UNWRITABLE", "STORE-LOCKED",
})
_BAD: Final = (Result.Kind.ROLLED_BACK, Result.Kind.FAILED)


def kinds_of(version: str) -> Counter[str]:
    """What stations told last of this version → how many; only what is counted is read, for there may be many."""
    rows = Result.objects.filter(version=version).order_by("at_utc", "id").values_list("station_id", "kind")
    return Counter(dict(rows.iterator()).values())


def count_tried(version: str) -> int:
    """How many stations told anything of it."""
    return Result.objects.filter(version=version).values("station_id").distinct().count()


def failures_of(version: str) -> list[Result]:
    """What stations told last, of those with which it failed; the newest first."""
    told = Result.objects.filter(version=version)
    failed = told.filter(kind__in=_BAD).exclude(code__in=_NOT_ITS_FAULT).values("station_id")
    last = {row.station_id: row for row in told.filter(station_id__in=failed).order_by("at_utc", "id")}
    found = [row for row in last.values() if row.kind in _BAD and row.code not in _NOT_ITS_FAULT]
    return sorted(found, key=lambda row: row.at_utc, reverse=True)


def versions_of(stations: Iterable[Station]) -> list[tuple[str, int]]:
    """Version → how many stations run it, the most first; empty for those that never told one."""
    return Counter(station.version for station in stations).most_common()
