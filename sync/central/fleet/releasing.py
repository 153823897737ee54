"""Releases as documents: what stations are told of them. Who changes one holds the counter of revisions first."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from sync.central.core.models import Counter, Station
from sync.central.core.publishing.blobs import BUNDLE, add_blob
from sync.central.core.publishing.documents import EVERYBODY, publish, scope_of_station, withdraw
from sync.central.core.regions import is_region
from sync.central.core.stations import get_station
from sync.protocol import documents as docs
from sync.protocol.documents.releases import Pin as PinDocument
from sync.protocol.documents.releases import Release as ReleaseDocument
from sync.protocol.errors import SyncError
from sync.protocol.releases import parse_version

from .models import VERSION_CHARS, Act, Pin, Release

_MOST_REGIONS: Final = 64


class ReleaseRefused(SyncError):
    """A release cannot be made or changed like this; `detail` says why, in words for staff."""

    code = "OFFICE-RELEASE"
    next_step = "请看一下这个版本现在的情况，改正后再试"


def add_release(path: Path, version: str, who: str, now: datetime, *, is_downgrade_allowed: bool = False) -> Release:
    """Take a bundle and announce it to nobody yet; raises ReleaseRefused, BlobRefused, OSError."""
    if not parse_version(version) or len(version) > VERSION_CHARS:
        raise ReleaseRefused(f"版本号要写成 2026.12.1 这样：{version[:VERSION_CHARS]}")
    if Release.objects.filter(version=version).exists():
        raise ReleaseRefused(f"已经有版本 {version}；包有改动就要用新的版本号")
    blob = add_blob(path, now, is_bundle=True)
    with transaction.atomic():
        take_counter()
        release, is_new = Release.objects.get_or_create(version=version, defaults={
            "sha256": blob.sha256, "size": blob.size, "seed": secrets.token_hex(8), "added_at": now,
            "is_downgrade_allowed": is_downgrade_allowed,
        })
        if not is_new:
            raise ReleaseRefused(f"已经有版本 {version}；包有改动就要用新的版本号")
        tell_stations(release)
        note(now, who, "收进更新包", version=version, detail=path.name[:100])
    return release


@transaction.atomic
def change_ring(version: str, percent: int, regions: list[str], who: str, now: datetime) -> None:
    """Let a release out to so many of a hundred stations, everywhere or in some regions; raises ReleaseRefused."""
    release = _taken(version)
    if not 0 <= percent <= 100:
        raise ReleaseRefused("比例要在 0 到 100 之间")
    wrong = [region for region in regions if not (region.isascii() and region.isdigit() and is_region(region))]
    if wrong or len(regions) > _MOST_REGIONS:
        raise ReleaseRefused(f"没有 {wrong[0][:12]} 这个行政区划" if wrong else f"最多 {_MOST_REGIONS} 个区划")
    if release.is_withdrawn:
        raise ReleaseRefused(f"版本 {version} 已经撤回，不能再放出去")
    release.percent, release.regions = percent, sorted(set(regions))
    _keep(release, who, f"放到 {percent}%", now, "、".join(release.regions))


@transaction.atomic
def pause(version: str, who: str, now: datetime, *, because: str = "") -> None:
    """Have nobody begin to install it any more; raises ReleaseRefused."""
    release = _taken(version)
    if release.is_paused:
        return
    release.is_paused, release.paused_because = True, because
    _keep(release, who, "自动暂停" if because else "暂停", now, because)


@transaction.atomic
def resume(version: str, who: str, now: datetime, failures: int) -> None:
    """Go on, although so many stations failed; raises ReleaseRefused."""
    release = _taken(version)
    if release.is_withdrawn:
        raise ReleaseRefused(f"版本 {version} 已经撤回，不能继续")
    if release.is_paused:
        release.is_paused, release.paused_because, release.forgiven = False, "", failures
        _keep(release, who, "继续", now, f"已有 {failures} 个驿站失败" if failures else "")


@transaction.atomic
def take_back(version: str, who: str, now: datetime) -> None:
    """Have every station that runs it go back to what it ran before; for good. Raises ReleaseRefused."""
    release = _taken(version)
    if not release.is_withdrawn:
        release.is_withdrawn, release.is_paused, release.paused_because = True, False, ""
        _keep(release, who, "撤回", now)


@transaction.atomic
def pin(station_id: str, version: str, who: str, now: datetime) -> None:
    """Have a station keep to one version, or to none if that is empty; raises ReleaseRefused, StationRefused."""
    take_counter()
    station = get_station(station_id)
    if not version:
        Pin.objects.filter(station=station).delete()
        withdraw(PinDocument.type, station.id)
        note(now, who, "不再固定版本", station=station.id)
        return
    release = Release.objects.filter(version=version).first()
    if release is None or release.is_withdrawn:
        raise ReleaseRefused(f"没有能用的版本 {version[:VERSION_CHARS]}")
    Pin.objects.update_or_create(station=station, defaults={"version": version})
    publish(scope_of_station(station.id), [PinDocument(station=station.id, version=version)])
    note(now, who, "固定版本", station=station.id, version=version)


def tell_stations(release: Release) -> None:
    """Publish a release as it is now; those outside its ring know of it too, and leave it alone."""
    publish(EVERYBODY, [ReleaseDocument(
        release=release.version,
        bundle=docs.Blob(release.sha256, release.size, BUNDLE),
        percent=release.percent,
        regions=tuple(release.regions),
        seed=release.seed,
        is_paused=release.is_paused,
        is_withdrawn=release.is_withdrawn,
        is_downgrade_allowed=release.is_downgrade_allowed,
    )])


def take_counter() -> None:
    """Hold what every publication holds, before any row of ours: so nobody waits for anybody in a circle."""
    Counter.objects.select_for_update().get()


def note(now: datetime, who: str, what: str, *, version: str = "", station: str = "", detail: str = "") -> None:
    """Write down who did what."""
    Act.objects.create(at=now, who=who, what=what, version=version, station=station, detail=detail)


def _taken(version: str) -> Release:
    take_counter()
    release = Release.objects.filter(version=version.replace("\0", "")).first()
    if release is None:
        raise ReleaseRefused(f"没有版本 {version[:VERSION_CHARS]}")
    return release


def _keep(release: Release, who: str, what: str, now: datetime, detail: str = "") -> None:
    release.save()
    tell_stations(release)
    note(now, who, what, version=release.version, detail=detail)


def fleet_size() -> int:
    """How many stations there are that could run a program."""
    return Station.objects.filter(enrolled_at__isnull=False, revoked_at=None).count()
