"""Creating stations, moving them, and telling them their settings."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from django.db import transaction
from msgspec.structs import replace

from sync.central.core.publishing.documents import find_published, publish, scope_of_station
from sync.protocol.documents import Phone, StationSettings
from sync.protocol.errors import SyncError
from sync.protocol.limits import NAME_CHARS
from sync.protocol.wire import STATION_ID

from .models import Station

NATIONAL_PHONES: Final = (Phone("急救", "120"), Phone("职工服务热线", "12351"))
_REGION: Final = re.compile(r"(?:\d{2}){1,3}", re.ASCII)


class StationRefused(SyncError):
    """A station cannot be created like this; `detail` says why, in words for staff."""

    code = "OFFICE-STATION"
    next_step = "请改正后再试"


@transaction.atomic
def add_station(settings: StationSettings) -> Station:
    """Create a station and publish its settings to it; raises StationRefused.

    Without phone numbers it gets the national ones: no screen may be left with nobody to call.
    """
    if not re.match(STATION_ID, settings.station):
        raise StationRefused("编号只能用字母、数字和连字符，最多 32 位")
    _check_region(settings.region)
    names = (settings.name, settings.place)
    if not settings.name.strip() or not all(len(name) <= NAME_CHARS and name.isprintable() for name in names):
        raise StationRefused(f"名称不能为空，最多 {NAME_CHARS} 字，不能有看不见的字符")
    station, is_new = Station.objects.get_or_create(
        id=settings.station,
        defaults={"name": settings.name, "place": settings.place, "region": settings.region},
    )
    if not is_new:
        raise StationRefused(f"编号 {settings.station} 已有驿站")
    publish(scope_of_station(station.id), [replace(settings, phones=settings.phones or NATIONAL_PHONES)])
    return station


@transaction.atomic
def move_station(station_id: str, region: str) -> None:
    """Put a station into another region; it starts again there by itself. Raises StationRefused."""
    _check_region(region)
    if not Station.objects.filter(id=station_id).update(region=region):
        raise StationRefused(f"没有编号为 {station_id} 的驿站")
    settings = find_published(StationSettings, station_id)
    publish(scope_of_station(station_id), [replace(found, region=region) for found in settings])


def _check_region(region: str) -> None:
    if not _REGION.fullmatch(region):
        raise StationRefused("行政区划代码应为 2、4 或 6 位数字")


def names_of(station_ids: Collection[str]) -> dict[str, str]:
    """Station id → the name workers know it by."""
    return dict(Station.objects.filter(id__in=station_ids).values_list("id", "name"))
