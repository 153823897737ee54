"""A station in a process of its own, moved by a bench: the real agent, on a real station.db.

It reads one JSON command a line, `["push", 20000]`, and answers each with one line. What it sent and received is
counted at the socket, so headers are in it.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from sync.protocol.events import digest_of, encode_entry, kind_of
from sync.station.exchange.agent import Agent
from sync.station.exchange.client import OfficeClient
from sync.station.identity import store_path
from sync.station.store import Standing, Store
from tests.bench import records
from tests.bench.processes import peak_mb

KINDS = {"records": records.records, "days": records.days}


@dataclass(frozen=True)
class Turn:
    """What one or several of an agent's turns took."""

    seconds: float
    cpu_s: float
    requests: int
    sent: int
    received: int


class Meter:
    """Bytes and requests of every connection of this process."""

    def __init__(self) -> None:
        self.requests = self.sent = self.received = 0

    def install(self) -> None:
        """Have every socket made from now on counted."""
        meter = self

        class CountedSocket(socket.socket):
            def sendall(self, data: Any, *flags: int) -> None:
                meter.sent += len(data)
                meter.requests += bytes(data[:5]) in {b"POST ", b"GET /"}
                super().sendall(data, *flags)

            def recv_into(self, *arguments: Any) -> int:
                count = super().recv_into(*arguments)
                meter.received += count
                return count

        socket.socket = CountedSocket  # type: ignore[misc]  # urllib3 opens its connections with it


class Station:
    """The commands, each a method."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._meter = Meter()
        self._meter.install()
        self._clients: list[OfficeClient] = []
        self._agent = Agent(folder, connect=self._connect)

    def turn(self) -> dict[str, Any]:
        """One turn, which must leave nothing behind."""
        turn = self._measured(1)
        self._check()
        return asdict(turn)

    def push(self, count: int, kind: str) -> dict[str, Any]:
        """Send this many new events."""
        self.fill(count, kind)
        return self.turn()

    def idle(self, count: int) -> dict[str, Any]:
        """Turns with nothing to say, each on a connection of its own as in real life."""
        turn = self._measured(count, fresh=True)
        self._check()
        return asdict(turn)

    def become(self, folder: str) -> float:
        """Go on as another station, and count the peak of memory anew; what it is now, MB."""
        self._agent.close()
        self._folder = Path(folder)
        self._agent = Agent(self._folder, connect=self._connect)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return self.peak()

    def peak(self) -> float:
        """Most memory this process ever had, MB."""
        return peak_mb(os.getpid())

    def documents(self) -> int:
        """How many documents lie in the store."""
        with closing(sqlite3.connect(store_path(self._folder))) as database:
            return int(database.execute("SELECT count(*) FROM document").fetchone()[0])

    def _measured(self, count: int, *, fresh: bool = False) -> Turn:
        meter = self._meter
        before = (meter.requests, meter.sent, meter.received)
        cpu, begun = time.process_time(), time.perf_counter()
        for _ in range(count):
            if fresh:
                for client in self._clients:
                    client.close()
            self._agent.turn()
        return Turn(
            time.perf_counter() - begun, time.process_time() - cpu,
            meter.requests - before[0], meter.sent - before[1], meter.received - before[2],
        )

    def _connect(self, office: str) -> OfficeClient:
        self._clients.append(OfficeClient(office))
        return self._clients[-1]

    def fill(self, count: int, kind: str) -> None:
        """Put events into the journal as it keeps them, without a disk flush for each."""
        store = Store.open(store_path(self._folder))
        epoch = store.facts.identity().epoch
        first = store.journal.top(epoch) + 1
        store.close()
        lines: Iterator[tuple[Any, ...]] = (
            (epoch, seq, kind_of(event), getattr(event, "label", ""), moment, body, digest_of(body))
            for seq, (at, event) in enumerate(islice(KINDS[kind](first, count), count), first)
            for body in [encode_entry(seq, at, event)]
            for moment in [at.astimezone(UTC).isoformat(timespec="milliseconds")]
        )
        with closing(sqlite3.connect(store_path(self._folder))) as database, database:
            database.executemany(
                "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)", lines
            )

    def _check(self) -> None:
        store = Store.open(store_path(self._folder))
        line = store.facts.find(Standing)
        waiting, rejected = store.journal.count("pending"), store.journal.count("rejected")
        store.close()
        if line is None or line.failing or waiting or rejected:
            raise SystemExit(f"station: {line}, {waiting} events wait, {rejected} are rejected")


class StationProcess:
    """The same commands from the bench's side; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.station", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> StationProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._process.__exit__(kind, fault, at)     # closes its input, which ends it

    def ask(self, command: str, *values: Any) -> Any:
        """One command and its answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipe")
        self._process.stdin.write(json.dumps([command, *values]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the station ended at {command}")
        return json.loads(answer)

    def measure(self, command: str, *values: Any) -> Turn:
        """One command whose answer is a turn."""
        return Turn(**self.ask(command, *values))


def main(folder: str) -> None:
    """Obey until the bench lets go."""
    station = Station(Path(folder))
    for line in sys.stdin:
        command, *values = json.loads(line)
        print(json.dumps(getattr(station, command)(*values)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
