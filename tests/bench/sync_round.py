"""One round of ours: from an empty office to every figure of `make bench-sync`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sync.station.exchange.enrol import enrol
from tests.bench.first_sync import first_sync
from tests.bench.peers import NEW, Figures
from tests.bench.processes import cpu_s, database_cpu_s, peak_mb
from tests.bench.publishing import publish_to
from tests.bench.station import StationProcess, Turn
from tests.central.live import LiveOffice
from tests.postgres import PostgresCluster

IDLES: Final = 300
_INCREMENTS: Final = 25     # of 10 to 20 ms each: five told more of the machine than of us
_PROJECTED_S: Final = 300

Told = Callable[[Figures], object]      # hears each figure when it is measured


class Round:
    """Offices and stations of one database, each made for what it shows."""

    def __init__(self, folder: Path, cluster: PostgresCluster | None, count: int, told: Told) -> None:
        self._folder = folder
        self._cluster = cluster
        self._make_database: Callable[[], str] = cluster.make_office if cluster else str   # SQLite has no address
        self._count = count
        self._told = told
        self._figures: Figures = {}

    def run(self, copies: int) -> Figures:
        """All figures; this many copies are there for the first sync."""
        self._exchange()
        self._note({"projected-per-s": self._project()})
        self._note(first_figures(self._folder, self._make_database(), copies))
        return self._figures

    def _note(self, figures: Figures) -> None:
        self._figures |= figures
        self._told(figures)

    def _exchange(self) -> None:
        with self._serve("office", projector=False) as office:
            with self._station(office, 1) as station:
                self._push(office, station)
                self._idle(office, station)
                self._increments(station)
                turn = station.measure("push", self._count, "days")
                self._note({"wire-bytes-per-event": (turn.sent + turn.received) / self._count})
                peak = station.ask("peak")
            with self._station(office, 2) as station:
                self._pull(office, station)
                self._note({"station-peak-mb": max(peak, station.ask("peak"))})
            self._note({"server-peak-mb": peak_mb(office.server_pid)})
            if office.rows("SELECT count(*) FROM core_event")[0][0] != 2 * self._count + _INCREMENTS * NEW:
                raise RuntimeError("the office does not hold every event once")

    def _project(self) -> float:
        """Events of real days a second, until every page of the office knows them."""
        with self._serve("projecting", projector=True) as office, self._station(office, 1) as station:
            station.ask("fill", self._count, "days")
            begun = time.perf_counter()
            station.measure("turn")
            while office.unprojected():
                if time.perf_counter() - begun > _PROJECTED_S:
                    raise RuntimeError("the projector did not catch up")
                time.sleep(0.02)
            return self._count / (time.perf_counter() - begun)

    def _serve(self, name: str, *, projector: bool) -> LiveOffice:
        url = self._make_database()
        return LiveOffice(self._folder / name, database_url=url, period_s=60, projector=projector)

    def _station(self, office: LiveOffice, number: int) -> StationProcess:
        """A new station that has said hello once."""
        name = f"330502-{number:02}"
        folder = self._folder / f"{office.folder.name}-{name}"
        office.add_station(name)
        enrol(folder, office.url, office.make_code(name))
        station = StationProcess(folder)
        station.measure("turn")
        return station

    def _push(self, office: LiveOffice, station: StationProcess) -> None:
        station.ask("fill", self._count, "records")
        self._note_way("push", *self._timed(office, station))

    def _pull(self, office: LiveOffice, station: StationProcess) -> None:
        before = station.ask("documents")
        publish_to(office, "pages", 1, self._count)
        self._note_way("pull", *self._timed(office, station))
        if station.ask("documents") != before + self._count:
            raise RuntimeError("not every document came")

    def _idle(self, office: LiveOffice, station: StationProcess) -> None:
        server, database = cpu_s(office.server_pid), database_cpu_s(self._cluster)
        turn = station.measure("idle", IDLES)
        used = {"idle-server-cpu-ms": (cpu_s(office.server_pid) - server) * 1_000 / IDLES}
        if self._cluster is not None:
            used["idle-database-cpu-ms"] = (database_cpu_s(self._cluster) - database) * 1_000 / IDLES
        self._note({
            **used, "idle-bytes": (turn.sent + turn.received) / IDLES, "idle-requests": turn.requests / IDLES,
        })

    def _increments(self, station: StationProcess) -> None:
        turns = [station.measure("push", NEW, "days") for _ in range(_INCREMENTS)]
        self._note({
            "incr-100-ms": statistics.median(turn.seconds for turn in turns) * 1_000,
            "incr-requests": statistics.median(turn.requests for turn in turns),
            "wire-bytes-per-event-of-100": statistics.median(turn.sent + turn.received for turn in turns) / NEW,
        })

    def _timed(self, office: LiveOffice, station: StationProcess) -> tuple[Turn, float]:
        before = cpu_s(office.server_pid)
        turn = station.measure("turn")
        return turn, cpu_s(office.server_pid) - before

    def _note_way(self, way: str, turn: Turn, server_s: float) -> None:
        self._note({
            f"{way}-per-s": self._count / turn.seconds,
            f"{way}-requests": turn.requests,
            f"{way}-bytes-per-record": (turn.sent + turn.received) / self._count,
            f"{way}-server-cpu-us": server_s * 1e6 / self._count,
            f"{way}-station-cpu-us": turn.cpu_s * 1e6 / self._count,
        })


def first_figures(folder: Path, database_url: str, count: int) -> Figures:
    """What a new station's first turn takes with this many copies, named by their number."""
    short = f"{count // 1_000_000}m" if count >= 1_000_000 else f"{count // 1_000}k"
    first = first_sync(folder / f"first-{short}", database_url, count)
    return {
        f"first-sync-{short}-s": first.turn.seconds,
        f"first-sync-{short}-requests": first.turn.requests,
        f"first-sync-{short}-snapshot-s": first.snapshot_s,
        f"first-sync-{short}-snapshot-mb": first.snapshot_mb,
        f"first-sync-{short}-store-mb": first.store_mb,
        f"first-sync-{short}-office-growth-mb": first.server_mb,
        ("agent-growth-mb" if short == "50k" else f"first-sync-{short}-agent-growth-mb"): first.station_mb,
    }
