"""What waits for a hand: silent stations, and records set aside."""

from __future__ import annotations

from typing import Final

from sync.central.core.models import Quarantine
from sync.central.office.rooms import Glance

from .health import StationLine, every_station, is_overdue, station_lines

_SET_ASIDE: Final = 200


def count_silent(glance: Glance) -> int:
    """How many stations went silent."""
    return sum(is_overdue(station, glance.now) for station in glance.once(every_station))


def silent(glance: Glance) -> list[StationLine]:
    """Stations that went silent, those unheard of for longest first."""
    stations = glance.once(every_station)
    return station_lines([station for station in stations if is_overdue(station, glance.now)], glance.now)


def count_set_aside(glance: Glance) -> int:  # noqa: ARG001
    """How many records wait."""
    return Quarantine.objects.filter(resolved_at=None).count()


def set_aside(glance: Glance) -> list[Quarantine]:  # noqa: ARG001
    """The records that wait, newest first."""
    aside = Quarantine.objects.filter(resolved_at=None).select_related("journal__station").order_by("-received_at")
    return list(aside[:_SET_ASIDE])
