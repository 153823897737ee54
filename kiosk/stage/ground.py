"""What every service of a room stands on."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.clock import Clock
from sync.station.store import Store

from .station import StationService
from .visit import VisitService


@dataclass(frozen=True)
class Ground:
    """The store, and what the stage itself knows of station and visit; used on the worker thread only."""

    store: Store
    station: StationService
    visits: VisitService
    clock: Clock
