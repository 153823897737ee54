"""Simulated stations: real keys and requests, a journal in memory, and the agent's own schedule on a fast clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Final

from sync.protocol.events import digest_of
from sync.protocol.wire import MAX_EVENTS
from sync.station.exchange.schedule import after_failure, phase_of, until_phase
from tests.bench import records
from tests.central.fake_station import FakeStation, Reply

PERIOD_S: Final = 60.0
EVENT_EVERY_S: Final = 120.0    # a busy station's day
_SILENCE_S: Final = 60.0
_AT_ONCE: Final = 192            # connections the herd can have open


class HerdStation(FakeStation):
    """One station; `digests` is what it ever told, `waiting` what the office has not said it holds."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(self._over_the_line, name)
        self._port = port
        self.install = f"install of {name}"
        self.epoch = f"epoch of {name}"
        self.digests: list[str] = []
        self.waiting: list[bytes] = []
        self.retry_after_s = 0.0
        self.failures = 0
        self.told_s = 0.0       # up to where its days are told, by the herd's clock
        self.barred_s = 0.0     # before this it was asked not to come
        self.served = 0
        self._days = records.days(port, 10**9)

    def live_until(self, now_s: float) -> None:
        """What workers did here since it was last asked."""
        while self.told_s + EVENT_EVERY_S <= now_s:
            self.told_s += EVENT_EVERY_S
            at, event = next(self._days)
            line = self.line(event, at)
            self.waiting.append(line)
            self.digests.append(digest_of(line))

    def exchange(self) -> str:
        """One exchange: `stored`, `busy`, `unreachable`, or the code it was refused with."""
        lines = self.waiting[:MAX_EVENTS]
        self.health = type(self.health)(version="0.1.0", pending=len(self.waiting), free_mb=50_000)
        self.retry_after_s = 0.0
        try:
            reply = self.sync(lines)
        except (OSError, HTTPException):
            return "unreachable"
        if reply.status == 200:
            first = self.next_seq - len(self.waiting)
            self.waiting = self.waiting[max(0, reply.receipt.head - first + 1):]
            self.served += 1
            return "stored"
        return "busy" if reply.status in {429, 503} or reply.status >= 500 else reply.refusal.code

    def _over_the_line(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        # A connection of its own each time, as with a period longer than any server keeps one.
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SILENCE_S)
        try:
            connection.request("POST", path, body, {**headers, "Content-Encoding": "gzip"})
            response = connection.getresponse()
            self.retry_after_s = float(response.headers.get("Retry-After") or 0)
            return Reply(response.status, response.read())
        finally:
            connection.close()


class Herd:
    """Many stations on a clock that runs `scale` times as fast as ours."""

    def __init__(self, stations: Sequence[HerdStation], scale: float) -> None:
        self._stations = stations
        self._scale = scale
        self._begun = time.monotonic()
        self._epoch = datetime.now(UTC)
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._random = Random(1)
        self._is_over = False
        self._alarm = asyncio.Event()
        self.arrivals: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self.came_too_early = 0

    def now_s(self) -> float:
        """Seconds of the herd's clock since it began."""
        return (time.monotonic() - self._begun) * self._scale

    async def sleep(self, seconds: float) -> None:
        """Wait by the herd's clock."""
        await asyncio.sleep(seconds / self._scale)

    async def start(self) -> list[asyncio.Task[None]]:
        """Let every station live, each at its own phase."""
        for station in self._stations:
            station.told_s = self.now_s()
        return [asyncio.create_task(self._live(station)) for station in self._stations]

    async def stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let every station finish what it does."""
        self._is_over = True
        self._alarm.set()
        await asyncio.gather(*tasks)
        self._pool.shutdown()

    async def stampede(self) -> None:
        """Have every station come at this moment, as no schedule of ours would."""
        for station in self._stations:
            station.barred_s = 0
        self._alarm.set()
        await asyncio.sleep(0)
        self._alarm.clear()

    async def _live(self, station: HerdStation) -> None:
        wait_s = PERIOD_S * phase_of(station.install)
        while True:
            await self._rest(wait_s)
            if self._is_over:
                return
            wait_s = await self._turn(station)

    async def _rest(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._alarm.wait(), wait_s / self._scale)

    async def _turn(self, station: HerdStation) -> float:
        now_s = self.now_s()
        self.arrivals.append(now_s)
        self.came_too_early += now_s < station.barred_s
        station.live_until(now_s)
        outcome = await asyncio.get_running_loop().run_in_executor(self._pool, station.exchange)
        self.outcomes[outcome] += 1
        now_s = self.now_s()
        if outcome == "stored":
            station.failures = 0
            return until_phase(self._epoch + timedelta(seconds=now_s), PERIOD_S, phase_of(station.install))
        station.failures += 1
        station.barred_s = now_s + station.retry_after_s
        return after_failure(PERIOD_S, station.failures, station.retry_after_s, self._random)
