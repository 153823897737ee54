"""Kiosk, agent and office killed at random moments: nothing lost, nothing doubled, no gaps."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from types import TracebackType

import pytest

from sync.protocol.events import CheckedIn, Event, decode_entry
from sync.station.exchange.agent import Agent
from sync.station.identity import store_path
from sync.station.store import Store
from tests.central.live import LiveOffice
from tests.chance import tries

ROUNDS = tries(44)
OFFICE_KILLS = tries(1)
ROOT = Path(__file__).resolve().parents[3]


class Victims:
    """The parent of what is killed, and what its children say."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", sys.executable, "-m", "tests.sync.two_processes.victims", str(data)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        self.committed: list[tuple[str, int, str]] = []
        self._started: queue.Queue[int] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Victims:
        self._listener.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._listener.join(60)
        self._process.stdout.close()

    def start(self, what: str) -> int:
        """Fork one; its pid."""
        assert self._process.stdin
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return self._started.get(timeout=60)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            match line.split():
                case ["started", _, pid]:
                    self._started.put(int(pid))
                case ["committed", epoch, seq, checkin]:
                    self.committed.append((epoch, int(seq), checkin))
                case other:
                    raise AssertionError(other)


def checkin_of(event: Event) -> str:
    assert isinstance(event, CheckedIn)
    return event.checkin


def drained(data: Path) -> list[tuple[str, int, bytes, str]]:
    """Epoch, seq, line and state of all events, when none waits any more."""
    agent = Agent(data)
    agent.turn()
    store = Store.open(store_path(data))
    while store.journal.count("pending"):
        agent.turn()
    rows = store._db.conn.execute("SELECT epoch, seq, body, state FROM journal ORDER BY id").fetchall()
    store.close()
    agent.close()
    return rows


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(office: LiveOffice, data: Path, station: str) -> None:
    random = Random(20_261_123)
    pause = threading.Event()
    kills = Counter[str]()
    with Victims(data) as victims:
        alive: dict[str, int] = {}
        for number in range(ROUNDS):
            for what in ("kiosk", "agent"):
                if what not in alive:
                    alive[what] = victims.start(what)
            if number % (ROUNDS // OFFICE_KILLS) == 20:
                office.kill()
                office.start()
                kills["office"] += 1
            pause.wait(random.uniform(0.001, 0.15))
            for what in random.choice([["kiosk"], ["agent"], ["kiosk", "agent"]]):
                os.kill(alive.pop(what), signal.SIGKILL)
                kills[what] += 1
        for pid in alive.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    rows = drained(data)
    epoch = rows[0][0]
    ours = [checkin_of(decode_entry(body).event) for _, _, body, _ in rows]
    stored = [event for event in office.events() if event.station == station]
    theirs = [checkin_of(decode_entry(event.line).event) for event in stored]
    print(
        f"\nkill -9: {ROUNDS} rounds, {dict(kills)}; {len(rows)} events in the journal, "
        f"{len(victims.committed)} reported as committed, {len(stored)} in the office"
    )
    assert {row[0] for row in rows} == {epoch} == {event.epoch for event in stored}
    assert [row[1] for row in rows] == list(range(1, len(rows) + 1)) == [event.seq for event in stored]
    assert {row[3] for row in rows} == {"acked"}
    assert len(set(ours)) == len(ours)
    assert ours == theirs
    by_seq = dict(enumerate(ours, 1))
    assert all((its_epoch, by_seq[seq]) == (epoch, checkin) for its_epoch, seq, checkin in victims.committed)
    assert len({seq for _, seq, _ in victims.committed}) == len(victims.committed)
    assert len(victims.committed) > ROUNDS
    assert min(kills["kiosk"], kills["agent"]) > ROUNDS // 2
