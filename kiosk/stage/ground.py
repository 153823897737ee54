"""What every service of a room stands on."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kiosk.clock import Clock
from sync.station.host.client import Host
from sync.station.store import Store

from .station import StationService
from .visit import VisitService


class Programs(msgspec.Struct, frozen=True):
    """Programs of others that a room may start, and how."""

    browser: tuple[str, ...] = ("chromium",)
    player: tuple[str, ...] = ("mpv",)
    call_port: int = 8765           # of the call page on this machine; the browser's policy names it
    fake_camera: bool = False       # a picture drawn by the browser instead of a camera's
    fonts: Path | None = None       # folder of the screen's faces; None: the usual places


class Site(msgspec.Struct, frozen=True):
    """What this machine knows of itself before it is a station."""

    data: Path = Path()         # the station's folder
    office: str = ""            # the office's address, if it was set beforehand
    host: Host = msgspec.field(default_factory=Host)    # the door to the machine; away where others look after it
    needs_test: bool = False    # not in service before its set-up test was passed


class Ground(msgspec.Struct, frozen=True):
    """The store, and what the stage itself knows of station and visit; used on the worker thread only."""

    store: Store
    station: StationService
    visits: VisitService
    clock: Clock
    programs: Programs = Programs()
    site: Site = Site()
