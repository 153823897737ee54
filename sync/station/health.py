"""How the station is, as told to the office and to a technician."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from sync.protocol.events import DeviceFaulted, DeviceRecovered, DeviceRemoved
from sync.protocol.wire import Health

from .store import Store

DISK_LOW: Final = "DISK-LOW"
DISK_LOW_STEP: Final = "请清理磁盘空间，没上传的记录不要动"
_RELEASE: Final = Path("/etc/os-release")
_IMAGE: Final = "yizhan"
_LOW_MB: Final = 200
_FAULTS_KEPT: Final = timedelta(days=30)
_MAX_FAULTS: Final = 16


def health_of(store: Store, data: Path, now: datetime) -> Health:
    """Everything the office is told; how many events wait is asked again for each exchange."""
    free_mb = find_free_mb(data)
    faults = sorted(f"{device}:{code}" for device, code in find_broken(store, now).items())
    if is_disk_low(free_mb):
        faults.append(DISK_LOW)
    if any(data.glob("station.db.damaged-*[0-9]")):
        faults.append("STORE-DAMAGED")
    return Health(
        version=find_version(),
        pending=store.journal.count("pending"),
        rejected=store.journal.count("rejected"),
        free_mb=free_mb,
        faults=tuple(faults[:_MAX_FAULTS]),
    )


def is_disk_low(free_mb: int) -> bool:
    """Whether the journal may soon have no room."""
    return free_mb < _LOW_MB


@cache
def find_version() -> str:
    """The version of the station's image, else of the installed program; empty if it was never installed."""
    if found := image_version():
        return found
    from importlib.metadata import PackageNotFoundError, version  # no image needs it  # noqa: PLC0415

    try:
        return version("yizhan")
    except PackageNotFoundError:
        return ""


def image_version(release: Path = _RELEASE) -> str:
    """The version of the image this machine runs, as os-release(5) has it; empty if it is none of ours."""
    try:
        lines = release.read_text("utf-8").splitlines()
    except OSError:
        return ""
    values = {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
    return values.get("IMAGE_VERSION", "") if values.get("IMAGE_ID") == _IMAGE else ""


def find_free_mb(data: Path) -> int:
    """Free space where the store lies."""
    try:
        return shutil.disk_usage(data).free // 1_000_000
    except OSError:
        return 0


def find_broken(store: Store, now: datetime) -> dict[str, str]:
    """Code of its fault by device, for each that failed lately and has not recovered."""
    broken: dict[str, str] = {}
    for event in store.journal.told((DeviceFaulted, DeviceRecovered, DeviceRemoved), now - _FAULTS_KEPT):
        if isinstance(event, DeviceFaulted):
            broken[event.device] = event.code
        elif isinstance(event, DeviceRecovered | DeviceRemoved):
            broken.pop(event.device, None)
    return broken
