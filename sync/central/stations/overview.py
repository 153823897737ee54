"""What the overview says of stations."""

from __future__ import annotations

from typing import Any, Final

from sync.central.office.rooms import Figure, Glance

from .health import closed_stations, every_station, is_online, is_overdue, station_lines

_LINES: Final = 6


def figures(glance: Glance) -> list[Figure]:
    """How many are on line."""
    stations = glance.once(every_station)
    enrolled = [station for station in stations if station.enrolled_at and not station.revoked_at]
    online = sum(is_online(station, glance.now) for station in enrolled)
    overdue = sum(is_overdue(station, glance.now) for station in enrolled)
    out = glance.once(closed_stations)
    closed = sum(station.id in out for station in enrolled)
    broken = sum(bool(station.faults) for station in enrolled)
    return [Figure("在线站点", f"{online:,} / {len(enrolled):,}", _words_for(len(enrolled), overdue, broken, closed))]


def longest_silent(glance: Glance) -> dict[str, Any]:
    """Those unheard of for longest, and how many there are in all."""
    lines = station_lines(glance.once(every_station), glance)
    return {"stations": lines[:_LINES], "station_count": len(lines)}


def _words_for(enrolled: int, overdue: int, broken: int, closed: int) -> str:
    if not enrolled:
        return "还没有站点登记"
    words = [f"{overdue:,} 个超过 1 小时未同步" if overdue else "没有站点失联"]
    words += [f"{count:,} 个{what}" for count, what in ((broken, "有故障"), (closed, "暂停服务")) if count]
    return " · ".join(words)
