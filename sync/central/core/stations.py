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
from .regions import is_region

NATIONAL_PHONES: Final = (Phone("急救", "120"), Phone("职工服务热线", "12351"))
_SERVICE: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
_ID_CHARS: Final = 32
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
    _check_id(settings.station)
    _check_region(settings.region)
    _check_names(settings.name, settings.place)
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
    get_station(station_id)
    Station.objects.filter(id=station_id).update(region=region)
    settings = find_published(StationSettings, station_id)
    publish(scope_of_station(station_id), [replace(found, region=region) for found in settings])


@transaction.atomic
def offer_service(station_id: str, service: str, *, on: bool = True) -> None:
    """Have a station offer a service, or no longer. Raises StationRefused."""
    if not _SERVICE.fullmatch(service):
        raise StationRefused("服务名只能用小写字母、数字和连字符，最多 32 位")
    settings = find_published(StationSettings, station_id)
    if not settings:
        raise StationRefused(f"没有编号为 {station_id} 的驿站")
    for found in settings:
        others = tuple(name for name in found.services if name != service)
        publish(scope_of_station(station_id), [replace(found, services=(*others, service) if on else others)])


@transaction.atomic
def rename_station(station_id: str, name: str | None, place: str | None) -> Station:
    """Give a station another name or place, None for as it is, and tell it; raises StationRefused."""
    if name is None and place is None:
        raise StationRefused("请写上新的名称或场所")
    station = get_station(station_id)
    station.name = station.name if name is None else name
    station.place = station.place if place is None else place
    _check_names(station.name, station.place)
    Station.objects.filter(id=station_id).update(name=station.name, place=station.place)
    settings = find_published(StationSettings, station_id)
    news = [replace(found, name=station.name, place=station.place) for found in settings]
    publish(scope_of_station(station_id), news)
    return station


def get_station(station_id: str) -> Station:
    """The station of this number; raises StationRefused."""
    station = Station.objects.filter(id=station_id.replace("\0", "")).first()
    if station is None:
        raise StationRefused(f"没有编号为 {station_id} 的驿站")
    return station


def _check_names(name: str, place: str) -> None:
    if not name.strip() or not all(len(one) <= NAME_CHARS and one.isprintable() for one in (name, place)):
        raise StationRefused(f"名称不能为空，最多 {NAME_CHARS} 字，不能有看不见的字符")


def _check_id(station_id: str) -> None:
    if not station_id:
        raise StationRefused("请写上编号，如 330502-02")
    if len(station_id) > _ID_CHARS:
        raise StationRefused(f"编号最多 {_ID_CHARS} 位，如 330502-02")
    if not re.match(STATION_ID, station_id):
        raise StationRefused(f"编号只能用字母、数字和连字符，如 330502-02：{station_id[:_ID_CHARS]}")


def _check_region(region: str) -> None:
    if not _REGION.fullmatch(region):
        raise StationRefused("行政区划代码应为 2、4 或 6 位数字，如 330502")
    # A district may be newer than the table: taken where its city is known, and listed to be checked.
    if not (is_region(region) or is_region(region[:4])):
        raise StationRefused(f"没有 {region} 这个行政区划，请核对")


def names_of(station_ids: Collection[str]) -> dict[str, str]:
    """Station id → the name workers know it by."""
    return dict(Station.objects.filter(id__in=station_ids).values_list("id", "name"))
