"""What every service of a room stands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from sync.station.store import Store

from .station import StationService
from .visit import VisitService


@dataclass(frozen=True)
class Programs:
    """Programs of others that a room may start, and how."""

    browser: tuple[str, ...] = ("chromium",)
    player: tuple[str, ...] = ("mpv",)
    call_port: int = 8765           # of the call page on this machine; the browser's policy names it
    fake_camera: bool = False       # a picture drawn by the browser instead of a camera's
    fonts: Path | None = None       # folder of the screen's faces; None: the usual places


@dataclass(frozen=True)
class Ground:
    """The store, and what the stage itself knows of station and visit; used on the worker thread only."""

    store: Store
    station: StationService
    visits: VisitService
    clock: Clock
    programs: Programs = Programs()
