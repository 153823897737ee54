"""`make bench-sync`: how fast a station and the office come together, beside the peers in the same run.

Ours is the real agent in a process of its own, with a real station.db, and `yizhan-central serve` on loopback with
every signature and every event checked. The projector runs elsewhere in real use, and so it does here, except for
`projected-per-s`: there it shares the office's process. Both sides flush to the disk. Everything is counted with its
headers. `make bench-sync N=2000 RUNS=1 PEERS=none` is a quick look.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sync.station.enrol import enrol
from tests.bench.peers import NEW, Figures, Peer, find_peers, floor_idle_ms, peers_environment
from tests.bench.processes import cpu_s, database_cpu_s, peak_mb
from tests.bench.publishing import publish_to
from tests.bench.station import StationProcess, Turn
from tests.bench.table import Row, publish
from tests.central.live import LiveOffice
from tests.postgres import PostgresCluster

UNITS: Final = {
    "push-per-s": "/s", "pull-per-s": "/s", "projected-per-s": "/s", "incr-100-ms": "ms", "incr-requests": "",
    "idle-bytes": "B", "idle-requests": "", "idle-server-cpu-ms": "ms", "idle-database-cpu-ms": "ms",
    "wire-bytes-per-event": "B", "push-bytes-per-record": "B", "pull-bytes-per-record": "B",
    "push-requests": "", "pull-requests": "", "push-server-cpu-us": "us", "pull-server-cpu-us": "us",
    "push-station-cpu-us": "us", "pull-station-cpu-us": "us", "station-peak-mb": "MB", "server-peak-mb": "MB",
}
_INCREMENTS: Final = 5
IDLES: Final = 300
_PROJECTED_S: Final = 300
_SUFFIX: Final = {"postgres": "", "sqlite": " (SQLite)"}


class Round:
    """One office with its stations, from empty to measured."""

    def __init__(self, folder: Path, database_url: str, cluster: PostgresCluster | None, count: int) -> None:
        self._folder = folder
        self._url = database_url
        self._cluster = cluster
        self._count = count
        self._figures: Figures = {}

    def run(self) -> Figures:
        """All figures of ours."""
        with self._serve("office", self._url, projector=False) as office:
            with self._station(office, 1) as station:
                self._push(office, station)
                self._idle(office, station)
                self._increments(station)
                turn = station.measure("push", self._count, "days")
                self._figures["wire-bytes-per-event"] = (turn.sent + turn.received) / self._count
                peak = station.ask("peak")
            with self._station(office, 2) as station:
                self._pull(office, station)
                self._figures["station-peak-mb"] = max(peak, station.ask("peak"))
            self._figures["server-peak-mb"] = peak_mb(office.server_pid)
        return self._figures

    def project(self, database_url: str) -> float:
        """Events of real days a second, until every page of the office knows them."""
        with self._serve("projecting", database_url, projector=True) as office, self._station(office, 1) as station:
            station.ask("fill", self._count, "days")
            begun = time.perf_counter()
            station.measure("turn")
            while office.unprojected():
                if time.perf_counter() - begun > _PROJECTED_S:
                    raise RuntimeError("the projector did not catch up")
                time.sleep(0.02)
            return self._count / (time.perf_counter() - begun)

    def _serve(self, name: str, database_url: str, *, projector: bool) -> LiveOffice:
        return LiveOffice(self._folder / name, database_url=database_url, period_s=60, projector=projector)

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
        self._note("push", *self._timed(office, station))

    def _pull(self, office: LiveOffice, station: StationProcess) -> None:
        before = station.ask("documents")
        publish_to(office, "pages", 1, self._count)
        self._note("pull", *self._timed(office, station))
        if station.ask("documents") != before + self._count:
            raise RuntimeError("not every document came")

    def _idle(self, office: LiveOffice, station: StationProcess) -> None:
        server, database = cpu_s(office.server_pid), database_cpu_s(self._cluster)
        turn = station.measure("idle", IDLES)
        self._figures["idle-server-cpu-ms"] = (cpu_s(office.server_pid) - server) * 1_000 / IDLES
        if self._cluster is not None:
            self._figures["idle-database-cpu-ms"] = (database_cpu_s(self._cluster) - database) * 1_000 / IDLES
        self._figures["idle-bytes"] = (turn.sent + turn.received) / IDLES
        self._figures["idle-requests"] = turn.requests / IDLES

    def _increments(self, station: StationProcess) -> None:
        turns = [station.measure("push", NEW, "days") for _ in range(_INCREMENTS)]
        self._figures["incr-100-ms"] = statistics.median(turn.seconds for turn in turns) * 1_000
        self._figures["incr-requests"] = statistics.median(turn.requests for turn in turns)

    def _timed(self, office: LiveOffice, station: StationProcess) -> tuple[Turn, float]:
        before = cpu_s(office.server_pid)
        turn = station.measure("turn")
        return turn, cpu_s(office.server_pid) - before

    def _note(self, way: str, turn: Turn, server_s: float) -> None:
        self._figures |= {
            f"{way}-per-s": self._count / turn.seconds,
            f"{way}-requests": turn.requests,
            f"{way}-bytes-per-record": (turn.sent + turn.received) / self._count,
            f"{way}-server-cpu-us": server_s * 1e6 / self._count,
            f"{way}-station-cpu-us": turn.cpu_s * 1e6 / self._count,
        }


class Bench:
    """Rounds of ours and of every peer in turn, so that a noisy minute meets all of them."""

    def __init__(self, count: int, peers: Sequence[Peer], cluster: PostgresCluster | None, *, sqlite: bool) -> None:
        self._count = count
        self._peers = peers
        self._cluster = cluster
        self._databases = [*(["postgres"] if cluster else []), *(["sqlite"] if sqlite else [])]
        self._ours: dict[str, list[Figures]] = defaultdict(list)
        self._theirs: dict[Peer, list[Figures]] = defaultdict(list)

    def round(self) -> None:
        """Everybody once."""
        for database in self._databases:
            cluster = self._cluster if database == "postgres" else None
            with tempfile.TemporaryDirectory(dir="build", prefix="bench-") as name:
                urls = [cluster.make_office() if cluster else "" for _ in range(2)]
                measured = Round(Path(name), urls[0], cluster, self._count)
                figures = measured.run()
                figures["projected-per-s"] = measured.project(urls[1])
            for url in urls if cluster else ():
                cluster.drop(url) if cluster else None
            self._ours[database].append(figures)
            _say("ours", database, figures)
        environment = peers_environment(self._cluster.make_database()) if self._cluster else {}
        for peer in self._peers:
            if self._cluster is None and peer.kind == "pg":
                continue
            figures = peer.run(self._count, environment)
            if peer.name == "floor":
                figures["idle-server-cpu-ms"] = floor_idle_ms(peer.kind, environment)
            self._theirs[peer].append(figures)
            _say(peer.name, peer.kind, figures)

    def rows(self) -> list[Row]:
        """Medians, first alone, then beside each peer that counts the same."""
        found: list[Row] = []
        for database in self._databases:
            rounds = self._ours[database]
            for what, unit in UNITS.items():
                ours = _median(rounds, what)
                if ours is None:
                    continue
                name = what + _SUFFIX[database]
                found.append(Row(name, ours, unit, len(rounds)))
                for peer, their_rounds in self._theirs.items():
                    theirs = _median(their_rounds, what)
                    if database in peer.databases and theirs is not None:
                        found.append(Row(f"{name} vs {peer.name}", ours, unit, len(rounds), peer.name, theirs))
        return found


def _median(rounds: Sequence[Figures], what: str) -> float | None:
    values = [figures[what] for figures in rounds if what in figures]
    return statistics.median(values) if values else None


def _say(name: str, database: str, figures: Figures) -> None:
    words = (f"{what} {figures[what]:.1f}" for what in ("push-per-s", "pull-per-s", "incr-100-ms"))
    print(f"bench: {name} {database}: {', '.join(words)}", flush=True)


def measure(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the bench; its rows."""
    parser = argparse.ArgumentParser("bench-sync")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", default="../shared/peers", metavar="FOLDER", help="`none` measures ours alone")
    parser.add_argument("--database", choices=["postgres", "sqlite", "both"], default="both")
    options = parser.parse_args(arguments)
    peers = [] if options.peers == "none" else find_peers(Path(options.peers))
    Path("build").mkdir(exist_ok=True)
    with ExitStack() as stack:
        cluster = stack.enter_context(PostgresCluster()) if options.database != "sqlite" else None
        bench = Bench(options.count, peers, cluster, sqlite=options.database != "postgres")
        for _ in range(options.runs):
            bench.round()
    return bench.rows()


if __name__ == "__main__":
    publish("sync", measure())
