"""`make bench-desk`: 200 doctors and 1,000 waiting stations at the office's switchboard, as simulated clients.

The office is `yizhan-central serve`; stations ask with real signatures, lines are real WebSockets. First one doctor is
on duty and talks, and all stations wait: what that costs the server. Then all doctors come on duty, answer what rings,
talk for some seconds and hang up, until nobody waits. A ring's latency is from the moment the doctor is free, or the
call there, to the ring at the desk. `make bench-desk QUICK=1` is a quick look.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect

from sync.protocol.calls import LINE_PATH, Place
from tests.bench.processes import cpu_s, peak_mb
from tests.bench.table import IS_QUICK, Row, Table, percentile
from tests.central.calls import add_doctors, ask_for, new_call, place_of, send_to
from tests.central.fake_station import FakeStation
from tests.central.live import LiveOffice

_ASKING: Final = 4          # stations that ask at the same moment
_IDLE_S: Final = 5.0 if IS_QUICK else 20.0
_TALK_S: Final = (1.0, 3.0) if IS_QUICK else (5.0, 15.0)
_DEADLINE_S: Final = 600.0


class _Named(msgspec.Struct):
    call: str


class _Said(msgspec.Struct):
    """What matters here of any message."""

    kind: str
    state: str = ""
    ending: str = ""
    on_duty: bool = False
    ringing: _Named | None = None
    call: _Named | None = None


_decoder: Final = msgspec.json.Decoder(_Said)


class Floor:
    """All clients, and what they saw."""

    def __init__(self, office: LiveOffice, cookies: Sequence[str], places: Sequence[Place]) -> None:
        self._url = office.url
        self._cookies = cookies
        self._places = places
        self.rings: Counter[str] = Counter()
        self.talks: Counter[str] = Counter()
        self.endings: Counter[str] = Counter()
        self.latencies_ms: list[float] = []
        self.messages = 0
        self.waiting: set[str] = set()
        self._over = asyncio.Event()
        self._open = asyncio.Event()

    async def wait_for_all(self) -> None:
        """Until all stations are in the queue."""
        while len(self.waiting) < len(self._places):
            await asyncio.sleep(0.1)

    async def open(self) -> float:
        """All doctors come on duty; the seconds until nobody waits."""
        begun = time.monotonic()
        self._open.set()
        async with asyncio.timeout(_DEADLINE_S):
            while sum(self.endings.values()) < len(self._places):
                await asyncio.sleep(0.1)
        self._over.set()
        return time.monotonic() - begun

    async def worker(self, place: Place) -> None:
        """One call's page, from its first words to the end."""
        async with self._line(LINE_PATH) as line:
            await line.send(_said("hello", call=place.call, token=place.token))
            async for text in line:
                said = _decoder.decode(text)
                self.messages += 1
                self.waiting.add(place.call)
                if said.state == "talking":
                    self.talks[place.call] += 1
                elif said.state == "ended":
                    self.endings[said.ending] += 1

    async def doctor(self, cookie: str) -> None:
        """One desk: answers, talks, hangs up."""
        async with self._line("/desk/line", Cookie=cookie, Origin=self._url) as line:
            await self._open.wait()
            await line.send(_said("duty", on=True))
            free_at = time.monotonic()
            while not self._over.is_set():
                ringing = await _until(line, self._over, lambda said: said.ringing)
                if ringing is None:
                    return
                self.latencies_ms.append((time.monotonic() - free_at) * 1_000)
                self.rings[ringing.call] += 1
                await line.send(_said("accept", call=ringing.call))
                await _until(line, self._over, lambda said: said.call)
                await asyncio.sleep(random.uniform(*_TALK_S))
                await line.send(_said("hang_up", call=ringing.call))
                await line.send(_said("ready"))
                free_at = time.monotonic()

    def _line(self, path: str, **headers: str) -> connect:
        address = self._url.replace("http", "ws") + path
        return connect(
            address, additional_headers=headers, proxy=None, compression=None, open_timeout=120, ping_interval=None
        )


async def _until(line: ClientConnection, over: asyncio.Event, what: Any) -> _Named | None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while True:
                    found = what(_decoder.decode(await line.recv()))
                    if found is not None:
                        return found
    return None


def _said(kind: str, **words: object) -> str:
    return msgspec.json.encode({"kind": kind, **words}).decode()


def measure(table: Table, arguments: Sequence[str] = ()) -> None:
    """All rows."""
    parser = argparse.ArgumentParser(prog="bench-desk")
    parser.add_argument("--doctors", type=int, default=20 if IS_QUICK else 200)
    parser.add_argument("--stations", type=int, default=100 if IS_QUICK else 1_000)
    options = parser.parse_args(arguments)
    os.environ["YIZHAN_CONNECTIONS"] = str(2 * (options.doctors + options.stations) + 100)
    with tempfile.TemporaryDirectory() as folder:
        office = LiveOffice(Path(folder) / "office", projector=False)
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw().hex()
        names = [f"330502-{number}" for number in range(options.stations + 1)]
        table.begin("doctors and stations", 5)
        people = [f"d{number}" for number in range(options.doctors + 1)]
        cookies = add_doctors(office, *(f"@{name}={public}" for name in names), *people)
        with office:
            asyncio.run(_tell(table, office, cookies, [_station(name, key) for name in names]))


def _station(name: str, key: Ed25519PrivateKey) -> FakeStation:
    def refuse(*_: object) -> Any:
        raise RuntimeError("these stations sign, and never send")

    station = FakeStation(refuse, name)
    station.key = key
    return station


async def _tell(table: Table, office: LiveOffice, cookies: list[str], stations: list[FakeStation]) -> None:
    """One who talks all the time keeps the office open; then everybody waits; then all are served."""
    send = send_to(office)
    address = office.url.replace("http", "ws")
    headers = {"Cookie": cookies[0], "Origin": office.url}
    async with connect(f"{address}/desk/line", additional_headers=headers, proxy=None) as desk:
        await desk.send(_said("duty", on=True))
        while not _decoder.decode(await desk.recv()).on_duty:
            pass
        first = place_of(await asyncio.to_thread(ask_for, send, stations[0], new_call()))
        async with connect(address + LINE_PATH, proxy=None) as page:
            await page.send(_said("hello", call=first.call, token=first.token))
            await desk.send(_said("accept", call=first.call))
            reading = [asyncio.create_task(_drain(line)) for line in (desk, page)]
            await _serve(table, office, cookies[1:], stations[1:])
            for task in reading:
                task.cancel()


async def _serve(table: Table, office: LiveOffice, cookies: list[str], stations: list[FakeStation]) -> None:
    pid, send = office.server_pid, send_to(office)
    floor = Floor(office, cookies, ())
    async with asyncio.TaskGroup() as group:
        for cookie in cookies:
            group.create_task(floor.doctor(cookie))
        table.begin(f"{len(stations)} stations ask", len(stations) / 50)
        begun, used = time.monotonic(), cpu_s(pid)
        places: list[Place] = []
        with ThreadPoolExecutor(_ASKING) as pool:
            loop = asyncio.get_running_loop()
            asking = [loop.run_in_executor(pool, ask_for, send, station, new_call()) for station in stations]
            for reply in asyncio.as_completed(asking):
                places.append(place_of(await reply))
                group.create_task(floor.worker(places[-1]))
        floor._places = places
        await floor.wait_for_all()
        table.add(Row("ask-server-cpu-ms", (cpu_s(pid) - used) * 1_000 / len(places), "ms", len(places)))
        table.add(Row("asked-per-s", len(places) / (time.monotonic() - begun), "1/s", len(places)))
        await _idle(table, floor, pid, len(places))
        table.begin(f"{len(cookies)} doctors answer them all", len(places) / len(cookies) * sum(_TALK_S) / 2)
        used = cpu_s(pid)
        took_s = await floor.open()
    _judge(table, floor, len(places))
    table.add(
        Row("served-per-s", len(places) / took_s, "1/s", len(places)),
        Row("call-server-cpu-ms", (cpu_s(pid) - used) * 1_000 / len(places), "ms", len(places)),
        Row("server-peak-mb", peak_mb(pid), "MB", 1),
    )


async def _idle(table: Table, floor: Floor, pid: int, waiting: int) -> None:
    """What it costs that everybody waits."""
    table.begin("everybody waits", _IDLE_S)
    used, heard, begun = cpu_s(pid), floor.messages, time.monotonic()
    await asyncio.sleep(_IDLE_S)
    took_s = time.monotonic() - begun
    table.add(
        Row("waiting-cpu-us-per-s", (cpu_s(pid) - used) * 1_000_000 / took_s / waiting, "us", waiting),
        Row("waiting-heard-every-s", waiting * took_s / max(1, floor.messages - heard), "s", waiting),
    )


def _judge(table: Table, floor: Floor, asked: int) -> None:
    table.add(
        Row("ring-p50-ms", percentile(floor.latencies_ms, 50), "ms", len(floor.latencies_ms)),
        Row("ring-p95-ms", percentile(floor.latencies_ms, 95), "ms", len(floor.latencies_ms)),
        Row("ring-most-ms", max(floor.latencies_ms), "ms", len(floor.latencies_ms)),
        Row("lost", asked - floor.endings["talked"], "", asked),
        Row("rung-twice", sum(1 for times in floor.rings.values() if times > 1), "", asked),
        Row("connected-twice", sum(1 for times in floor.talks.values() if times > 1), "", asked),
    )


async def _drain(line: ClientConnection) -> None:
    async for _ in line:
        pass


if __name__ == "__main__":
    with Table("desk") as shown:
        measure(shown)
