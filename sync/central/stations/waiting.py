"""What waits for a hand: silent stations, broken and oddly named ones, and records set aside."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sync.central.core.models import Quarantine, Station
from sync.central.core.regions import is_region
from sync.central.office.rooms import Glance

from .health import StationLine, every_station, is_overdue, station_lines

_SET_ASIDE: Final = 200
_USUAL_ID: Final = re.compile(r"\d{6}-\d{2,}", re.ASCII)


class OddStation(NamedTuple):
    """A station that was perhaps mistyped, and what is odd about it."""

    id: str
    name: str
    region: str
    what: list[str]


def is_usual(station_id: str) -> bool:
    """Whether a station's number looks like the others."""
    return _USUAL_ID.fullmatch(station_id) is not None


def count_silent(glance: Glance) -> int:
    """How many stations went silent."""
    return sum(is_overdue(station, glance.now) for station in glance.once(every_station))


def silent(glance: Glance) -> list[StationLine]:
    """Stations that went silent, those unheard of for longest first."""
    stations = glance.once(every_station)
    return station_lines([station for station in stations if is_overdue(station, glance.now)], glance)


def count_broken(glance: Glance) -> int:
    """How many faults stations report of themselves."""
    return sum(len(station.faults) for station in _broken(glance))


def broken(glance: Glance) -> list[StationLine]:
    """Stations that report faults, in words."""
    return station_lines(_broken(glance), glance)


def count_odd(glance: Glance) -> int:
    """How many stations have a region that is none, or a number unlike the others."""
    return len(odd(glance))


def odd(glance: Glance) -> list[OddStation]:
    """Those stations, with what is to be checked."""
    stations = [station for station in glance.once(every_station) if station.revoked_at is None]
    found = [(station, _oddities(station)) for station in sorted(stations, key=lambda station: station.id)]
    return [OddStation(station.id, station.name, station.region, what) for station, what in found if what]


def _broken(glance: Glance) -> list[Station]:
    return [station for station in glance.once(every_station) if station.faults and station.revoked_at is None]


def _oddities(station: Station) -> list[str]:
    what: list[str] = []
    if not is_region(station.region):
        what.append(f"没有 {station.region} 这个行政区划，请用 yizhan-central station move 改正")
    if not is_usual(station.id):
        what.append(
            "编号不像 330502-01：六位区划代码、连字符、两位序号。编号不能改，请用新编号新建，再停用这个"
        )
    return what


def count_set_aside(glance: Glance) -> int:  # noqa: ARG001
    """How many records wait."""
    return Quarantine.objects.filter(resolved_at=None).count()


def set_aside(glance: Glance) -> list[Quarantine]:  # noqa: ARG001
    """The records that wait, newest first."""
    aside = Quarantine.objects.filter(resolved_at=None).select_related("journal__station").order_by("-received_at")
    return list(aside[:_SET_ASIDE])
