"""How stations are doing, in a colour and words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings

from sync.central.core.models import Station
from sync.central.office.rooms import Glance, brought

from .words import fault_words

OVERDUE_S: Final = 3_600
_LOST_S: Final = 24 * 3_600
_GRACE_S: Final = 60


class StationLine(msgspec.Struct, frozen=True):
    """One station as a row of a table; `dot` is the colour, `words` say the same."""

    id: str
    name: str
    place: str
    region: str
    dot: str
    words: str
    closed: str         # since when and by whom it is out of service, empty if it serves
    synced: str
    pending: int
    rejected: int
    version: str
    faults: list[str]
    is_enrolled: bool


def every_station() -> list[Station]:
    """All of them, those not in service too."""
    return list(Station.objects.all())


def is_online(station: Station, now: datetime) -> bool:
    """Whether it synced within its last three turns."""
    limit_s = 3 * settings.YIZHAN_SYNC_PERIOD_S + _GRACE_S
    return station.last_sync_at is not None and 0 <= _silent_s(station, now) <= limit_s


def is_overdue(station: Station, now: datetime) -> bool:
    """Whether staff should ask what is wrong with it."""
    return _silent_s(station, now) > OVERDUE_S


def closed_stations() -> dict[str, str]:
    """Station id → since when and by whom it is out of service, of those that some app knows to be."""
    return {id_: words for one in brought(lambda room: room.closed) for id_, words in one.stations().items()}


def station_lines(stations: Iterable[Station], glance: Glance) -> list[StationLine]:
    """All stations, those unheard of for longest first, then those not in service."""
    now, closed = glance.now, glance.once(closed_stations)
    rows = sorted(stations, key=lambda row: (-_silent_s(row, now), row.id))
    return [_line(station, now, closed.get(station.id, "")) for station in rows]


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, in words."""
    if moment is None:
        return "从未"
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return "刚刚"
    if seconds < 3_600:
        return f"{seconds // 60} 分钟前"
    if seconds < 3 * 3_600:
        return f"{seconds // 3_600} 小时 {seconds % 3_600 // 60} 分前"
    if seconds < 48 * 3_600:
        return f"{seconds // 3_600} 小时前"
    return f"{seconds // 86_400} 天前"


def _silent_s(station: Station, now: datetime) -> float:
    """How long an enrolled station has not been heard of; -1 if it is not in service."""
    heard = station.last_sync_at or station.enrolled_at
    if heard is None or station.revoked_at is not None:
        return -1
    return max(0.0, (now - heard).total_seconds())


def _line(station: Station, now: datetime, closed: str) -> StationLine:
    dot, words = _state(station, now, is_closed=bool(closed))
    return StationLine(
        id=station.id,
        name=station.name,
        place=station.place,
        region=station.region,
        dot=dot,
        words=words,
        closed=closed,
        synced=ago(station.last_sync_at, now),
        pending=station.pending,
        rejected=station.rejected,
        version=station.version,
        faults=[fault_words(fault) for fault in station.faults],
        is_enrolled=bool(station.public_key),
    )


def _state(station: Station, now: datetime, *, is_closed: bool) -> tuple[str, str]:
    if station.revoked_at is not None:
        return "grey", "已停用"
    if station.enrolled_at is None:
        return "grey", "待登记"
    if _silent_s(station, now) > _LOST_S:
        return "red", "失联"
    if is_overdue(station, now):
        return "amber", "久未同步"
    flaws = ((is_closed, "暂停服务"), (not is_online(station, now), "稍迟"), (bool(station.faults), "有故障"))
    return next((("amber", words) for is_so, words in flaws if is_so), ("green", "在线"))
