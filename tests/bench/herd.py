"""`make bench-herd`: very many stations through an outage of 28 minutes on a fast clock, and what 200,000 would need.

The stations are simulated, their keys, signatures and requests are not; the office is `yizhan-central serve` on
PostgreSQL. All wait and return as the station's schedule says. Arrivals are counted by the herd's clock in bins of
a twelfth of a period, or wider ones with few stations, so that the peak is not chance. Afterwards all come at one
moment, as no schedule of ours would have them, so that the office must turn some away. `make bench-herd QUICK=1`
is a quick look.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from sync.protocol.events import digest_of
from tests.bench.herd_stations import EVENT_EVERY_S, PERIOD_S, Herd, HerdStation
from tests.bench.processes import cpu_s, database_cpu_s
from tests.bench.publishing import add_stations
from tests.bench.table import IS_QUICK, Row, Table
from tests.central.live import LiveOffice
from tests.postgres import PostgresCluster

OUTAGE_S: Final = 28 * 60.0
ALL: Final = 200_000
_BIN_STATIONS: Final = 40     # at least so many are expected in a bin
_STEADY_PERIODS: Final = 3
_RETURN_PERIODS: Final = 6
_LOAD: Final = 0.5          # of what office and herd together can do on this machine
_CALM_S: Final = 120.0      # until everybody who was turned away must have been served
_PASSING: Final = frozenset({"stored", "busy", "unreachable"})


class Story:
    """What happens to the herd, and the rows that come of it."""

    def __init__(
        self, table: Table, office: LiveOffice, cluster: PostgresCluster, projector_pid: int,
        stations: Sequence[HerdStation],
    ) -> None:
        self._office = office
        self._cluster = cluster
        self._projector_pid = projector_pid
        self._stations = stations
        self._table = table

    async def tell(self, scale: float, outage_s: float) -> None:
        """Steady, an outage, the return, a stampede."""
        herd = Herd(self._stations, scale)
        tasks = await herd.start()
        await herd.sleep(2 * PERIOD_S)
        await self._steady(herd)
        await asyncio.to_thread(self._office.kill)
        await herd.sleep(outage_s)
        await asyncio.to_thread(self._office.start)
        await self._return(herd)
        await self._stampede(herd)
        await herd.stop(tasks)
        self._note("came-too-early", herd.came_too_early)
        self._note("refused-for-good", sum(herd.outcomes[name] for name in set(herd.outcomes) - _PASSING))
        self._check_events()

    async def _steady(self, herd: Herd) -> None:
        before, served = self._cpu_s(), herd.outcomes["stored"]
        await herd.sleep(_STEADY_PERIODS * PERIOD_S)
        count = herd.outcomes["stored"] - served
        each_s = 0.0
        for name, used_s in self._cpu_s().items():
            self._note(f"exchange-{name}-cpu-ms", (used_s - before[name]) / count * 1_000, "ms")
            each_s += (used_s - before[name]) / count
        self._note("stations-per-core", PERIOD_S / each_s)
        self._note(f"{ALL}-stations-exchanges-per-s", ALL / PERIOD_S, "/s")
        self._note(f"{ALL}-stations-cores", ALL / PERIOD_S * each_s)

    async def _return(self, herd: Herd) -> None:
        begun_s, waiting = herd.now_s(), sum(len(station.waiting) for station in self._stations)
        self._note("events-waiting-after-outage", waiting)
        await herd.sleep(_RETURN_PERIODS * PERIOD_S)
        bin_s = PERIOD_S / max(2, min(12, len(self._stations) // _BIN_STATIONS))
        bins = [0] * int(_RETURN_PERIODS * PERIOD_S / bin_s)
        for moment_s in herd.arrivals:
            place = int((moment_s - begun_s) / bin_s)
            if 0 <= place < len(bins):
                bins[place] += 1
        steady = len(self._stations) * bin_s / PERIOD_S
        self._note("peak-to-mean", max(bins) * len(bins) / sum(bins))
        self._note("peak-to-steady", max(bins) / steady)
        self._note(f"{ALL}-stations-peak-per-s", ALL / PERIOD_S * max(bins) / steady, "/s")

    async def _stampede(self, herd: Herd) -> None:
        turned_away, served = herd.outcomes["busy"], {station.id: station.served for station in self._stations}
        begun_s, deadline = herd.now_s(), time.monotonic() + _CALM_S
        await herd.stampede()
        while any(station.served == served[station.id] for station in self._stations):
            if time.monotonic() > deadline:
                raise RuntimeError("somebody was turned away and never served")
            await herd.sleep(1)
        self._note("turned-away", herd.outcomes["busy"] - turned_away)
        self._note("all-served-after-periods", (herd.now_s() - begun_s) / PERIOD_S)

    def _check_events(self) -> None:
        """What every station told against what the office holds, in order."""
        for station in self._stations:
            # What happened after its last turn; a station would bring it at the next.
            if station.waiting and station.exchange() != "stored":
                raise RuntimeError(f"{station.id} cannot bring its last events")
        held: dict[str, list[str]] = {station.id: [] for station in self._stations}
        for event in self._office.events():
            held[event.station].append(digest_of(bytes(event.line)))
        lost = doubled = told = 0
        for station in self._stations:
            there = Counter(held[station.id])
            told += len(station.digests)
            lost += sum(digest not in there for digest in station.digests)
            doubled += sum(there.values()) - len(there)
        self._note("events-told", told)
        self._note("events-lost", lost)
        self._note("events-doubled", doubled)

    def _cpu_s(self) -> dict[str, float]:
        return {
            "office": cpu_s(self._office.server_pid),
            "database": database_cpu_s(self._cluster),
            "projector": cpu_s(self._projector_pid),
        }

    def _note(self, what: str, value: float, unit: str = "") -> None:
        self._table.add(Row(what, value, unit, len(self._stations)))


def enrol_all(office: LiveOffice, count: int) -> list[HerdStation]:
    """This many stations, each with its key; raises RuntimeError."""
    stations: list[HerdStation] = []
    for name, code in add_stations(office, count).items():
        station = HerdStation(office.port, name)
        if station.enrol(code).status != 200 or station.exchange() != "stored":
            raise RuntimeError(f"{name} could not be enrolled")
        stations.append(station)
    return stations


def find_scale(stations: Sequence[HerdStation]) -> float:
    """How fast the herd's clock may run here."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(HerdStation.exchange, stations))
    per_s = len(stations) / (time.perf_counter() - begun)
    return _LOAD * per_s * PERIOD_S / len(stations)


def measure(table: Table, arguments: Sequence[str] | None = None) -> None:
    """Run the bench; its rows are in the table."""
    parser = argparse.ArgumentParser("bench-herd")
    parser.add_argument("--stations", type=int, default=100 if IS_QUICK else 500)
    parser.add_argument("--outage", type=float, default=OUTAGE_S, help="seconds by the herd's clock")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="yizhan-herd-") as name, PostgresCluster() as cluster:
        url = cluster.make_office()
        with LiveOffice(Path(name), database_url=url, period_s=PERIOD_S, projector=False) as office:
            projector = office.spawn("projector")
            try:
                table.begin(f"{options.stations} stations are enrolled", 3 + options.stations / 40)
                stations = enrol_all(office, options.stations)
                scale = find_scale(stations)
                seconds = (2 + _STEADY_PERIODS + _RETURN_PERIODS + 2) * PERIOD_S + options.outage
                table.begin(f"steady, an outage, the return, by a clock {scale:.0f} times as fast", seconds / scale)
                asyncio.run(Story(table, office, cluster, projector.pid, stations).tell(scale, options.outage))
            finally:
                projector.terminate()
                projector.wait(60)
    table.add(Row("scale", scale, "", options.stations), Row("event-every", EVENT_EVERY_S, "s", 1))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # whoever ends us ends what we started
    with Table("herd") as rows:
        measure(rows)
