"""A new station's first turn: every document of a running office through its snapshot; time, memory on both sides."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.station.exchange.enrol import enrol
from tests.bench.processes import peak_mb
from tests.bench.publishing import publish_to
from tests.bench.station import StationProcess, Turn
from tests.central.live import LiveOffice

COPIES: Final = 50_000
DOCUMENTS: Final = 1_000_000


@dataclass(frozen=True)
class FirstSync:
    """What it took."""

    snapshot_s: float       # making the file in the office
    snapshot_mb: float
    turn: Turn
    station_mb: float       # what the agent's memory grew by, at its highest
    server_mb: float
    store_mb: float


def first_sync(folder: Path, database_url: str, count: int) -> FirstSync:
    """Publish this many copies, make the snapshot, enrol a station and let it have its first turn."""
    with LiveOffice(folder / "office", database_url=database_url, period_s=60, projector=False) as office:
        warm, new = (_enrolled(office, folder / name, name) for name in ("330502-01", "330502-02"))
        with StationProcess(warm) as station:
            # Another station's turn first: what is imported and allocated anyway is no growth.
            station.measure("turn")
            publish_to(office, "copies", 1, count)
            begun = time.perf_counter()
            office.run("snapshot")
            snapshot_s = time.perf_counter() - begun
            server_mb, before_mb = peak_mb(office.server_pid), station.ask("become", str(new))
            turn = station.measure("turn")
            station_mb = station.ask("peak") - before_mb
            if station.ask("documents") < count:
                raise RuntimeError("not every document came")
        server_mb = peak_mb(office.server_pid) - server_mb
    snapshots = sum(path.stat().st_size for path in (folder / "office").rglob("*.gz"))
    store = sum(path.stat().st_size for path in new.glob("station.db*"))
    return FirstSync(snapshot_s, snapshots / 1e6, turn, station_mb, server_mb, store / 1e6)


def _enrolled(office: LiveOffice, folder: Path, name: str) -> Path:
    office.add_station(name)
    enrol(folder, office.url, office.make_code(name))
    return folder
