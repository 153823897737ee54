"""`make bench-sync`: how fast a station and the office come together, beside the peers in the same run.

Ours is the real agent in a process of its own, with a real station.db, and `yizhan-central serve` on loopback with
every signature and every event checked. The projector runs elsewhere in real use, and so it does here, except for
`projected-per-s`: there it runs beside the office, and the figure ends when every page knows every event. Both sides
flush to the disk. Everything is counted with its headers. `make bench-sync QUICK=1` is a quick look.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.first_sync import COPIES, DOCUMENTS
from tests.bench.peers import Figures, Peer, find_peers, floor_idle_ms, peers_environment
from tests.bench.sync_round import Round, first_figures
from tests.bench.table import IS_QUICK, Row, Table
from tests.postgres import PostgresCluster

_SUFFIX: Final = {"postgres": "", "sqlite": " (SQLite)"}
_FIRST_S, _FIRST_PER_S = 15, 1_000      # a guess, until a round has told
_UNITS: Final = (
    ("-per-s", "/s"), ("-s", "s"), ("-ms", "ms"), ("-us", "us"), ("-mb", "MB"), ("-requests", ""), ("", "B"),
)


class Bench:
    """Rounds of ours and of every peer in turn, so that a noisy minute meets all of them."""

    def __init__(
        self, table: Table, count: int, peers: Sequence[Peer], cluster: PostgresCluster | None, *, sqlite: bool
    ) -> None:
        self._table = table
        self._count = count
        self._seconds: dict[str, float] = {}
        self._now: tuple[str, float] | None = None
        self._cluster = cluster
        self._peers = [peer for peer in peers if cluster or peer.kind != "pg"]
        self._environment = peers_environment(cluster.make_database()) if cluster and self._peers else {}
        self._databases = [*(["postgres"] if cluster else []), *(["sqlite"] if sqlite else [])]
        self._ours: dict[str, list[Figures]] = defaultdict(list)
        self._theirs: dict[Peer, list[Figures]] = defaultdict(list)

    def round(self, copies: int) -> None:
        """Everybody once."""
        for database in self._databases:
            self._say(f"ours on {database}")
            cluster = self._cluster if database == "postgres" else None
            with tempfile.TemporaryDirectory(dir="build", prefix="bench-") as name:
                told = partial(self._tell, database)
                self._ours[database].append(Round(Path(name), cluster, self._count, told).run(copies))
        for peer in self._peers:
            self._say(f"{peer.name} {peer.kind}")
            figures = peer.run(self._count, self._environment)
            if peer.name == "floor":
                figures["idle-server-cpu-ms"] = floor_idle_ms(peer.kind, self._environment)
            self._theirs[peer].append(figures)
            self._tell(f"{peer.name} {peer.kind}", figures)

    def fill(self, documents: int) -> None:
        """A first sync of very many documents, once."""
        for database in self._databases:
            self._say(f"a first sync of {documents:,} documents on {database}")
            url = self._cluster.make_office() if self._cluster and database == "postgres" else ""
            with tempfile.TemporaryDirectory(dir="build", prefix="bench-") as name:
                self._ours[database].append(first_figures(Path(name), url, documents))
                self._tell(database, self._ours[database][-1])

    def _say(self, what: str) -> None:
        """What is measured now, and how long it will take: as long as last time, or nobody knows."""
        now_s = time.monotonic()
        if self._now:
            self._seconds[self._now[0]] = now_s - self._now[1]
        self._now = (what, now_s)
        self._table.begin(what, self._seconds.get(what, _FIRST_S + self._count / _FIRST_PER_S))

    def _tell(self, who: str, figures: Figures) -> None:
        for what, value in figures.items():
            print(f"bench:   {who}: {what} {value:.1f} {_unit_of(what)}".rstrip(), flush=True)

    def rows(self) -> list[Row]:
        """Medians, first alone, then beside each peer that counts the same."""
        found: list[Row] = []
        for database in self._databases:
            rounds = self._ours[database]
            for what in dict.fromkeys(what for figures in rounds for what in figures):
                found += self._rows_of(what, database, [figures[what] for figures in rounds if what in figures])
        return found

    def _rows_of(self, what: str, database: str, values: list[float]) -> list[Row]:
        name, ours, unit = what + _SUFFIX[database], statistics.median(values), _unit_of(what)
        rows = [Row(name, ours, unit, len(values))]
        for peer, rounds in self._theirs.items():
            theirs = [figures[what] for figures in rounds if what in figures]
            if database in peer.databases and theirs:
                peer_value = statistics.median(theirs)
                rows.append(Row(f"{name} vs {peer.name}", ours, unit, len(values), peer.name, peer_value))
        return rows


def _unit_of(what: str) -> str:
    return next(unit for ending, unit in _UNITS if what.endswith(ending))


def measure(table: Table, arguments: Sequence[str] | None = None) -> None:
    """Run the bench; its rows, of whatever there is, are in the table."""
    parser = argparse.ArgumentParser("bench-sync")
    parser.add_argument("--count", type=int, default=2_000 if IS_QUICK else 20_000, help="records to push and to pull")
    parser.add_argument("--runs", type=int, default=1 if IS_QUICK else 5)
    parser.add_argument("--copies", type=int, default=COPIES, help="of a first sync, in each run")
    documents = 0 if IS_QUICK else DOCUMENTS
    parser.add_argument("--documents", type=int, default=documents, help="of one more first sync; 0 leaves it out")
    parser.add_argument("--peers", default="../shared/peers", metavar="FOLDER", help="`none` measures ours alone")
    parser.add_argument("--database", choices=["postgres", "sqlite", "both"], default="both")
    options = parser.parse_args(arguments)
    peers = [] if options.peers == "none" else find_peers(Path(options.peers))
    Path("build").mkdir(exist_ok=True)
    with ExitStack() as stack:
        cluster = stack.enter_context(PostgresCluster()) if options.database != "sqlite" else None
        bench = Bench(table, options.count, peers, cluster, sqlite=options.database != "postgres")
        try:
            for number in range(1, options.runs + 1):
                print(f"bench: round {number} of {options.runs}", flush=True)
                bench.round(options.copies)
            if options.documents:
                bench.fill(options.documents)
        finally:
            table.rows += bench.rows()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # whoever ends us ends what we started
    with Table("sync") as rows:
        measure(rows)
