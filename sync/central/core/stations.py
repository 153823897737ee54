"""Creating stations and telling them their settings."""

from __future__ import annotations

import re
from typing import Final

from django.db import transaction

from sync.protocol.documents import StationSettings
from sync.protocol.errors import SyncError

from .models import Station
from .publishing import publish, scope_of_station

_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}")
_REGION: Final = re.compile(r"(?:\d{2}){1,3}", re.ASCII)


class StationRefused(SyncError):
    """A station cannot be created like this; `detail` says why, in words for staff."""

    code = "OFFICE-STATION"
    next_step = "请改正后再试"


@transaction.atomic
def add_station(settings: StationSettings) -> Station:
    """Create a station and publish its settings to it; raises StationRefused."""
    if not _ID.fullmatch(settings.station):
        raise StationRefused("编号只能用字母、数字和连字符，最多 32 位")
    if not _REGION.fullmatch(settings.region):
        raise StationRefused("行政区划代码应为 2、4 或 6 位数字")
    if not settings.name.strip() or len(settings.name) > 64 or len(settings.place) > 64:
        raise StationRefused("名称不能为空，最多 64 字")
    station, is_new = Station.objects.get_or_create(
        id=settings.station,
        defaults={"name": settings.name, "place": settings.place, "region": settings.region},
    )
    if not is_new:
        raise StationRefused(f"编号 {settings.station} 已有驿站")
    publish(scope_of_station(station.id), [settings])
    return station
