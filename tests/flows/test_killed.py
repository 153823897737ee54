"""The real window and the real agent killed at random moments: what the screen said is on the disk, once."""

# What SQLite really holds is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from devices.simulator import Simulator
from sync.protocol.documents import Trade
from sync.protocol.events import decode_entry
from sync.station.exchange.enrol import enrol
from sync.station.store import Store
from tests.bench.kiosk import SIZE
from tests.central.live import LiveOffice
from tests.chance import tries
from tests.flows.example import wait_for_copies
from tests.flows.lives import AgentProcess, Killed, Life, Worker
from tests.x11 import virtual_screen

LIVES = tries(4)


class Town:
    """An office, a station of it on a screen of its own, and somebody in front."""

    def __init__(self, folder: Path, display: str, office: LiveOffice, scanner: Simulator) -> None:
        self.folder = folder / "station"
        self.office = office
        enrol(self.folder, office.url, office.make_code("330502-01"))
        self.agent = AgentProcess(self.folder)
        self.agent.keep()
        wait_for_copies(self.folder)
        store = Store.open(self.folder / "station.db")
        trades = sorted(store.documents.all(Trade), key=lambda trade: trade.order)
        store.close()
        self.random = Random(20_261_123)
        self.worker = Worker(display, scanner, [trade.trade for trade in trades], self.random)
        self.log = folder / "kiosk.log"
        self._display = display
        self._scanner = scanner
        self._life: Life | None = None

    def start_kiosk(self) -> Life:
        self.agent.keep()
        self._life = Life(self._display, self.folder, self._scanner.link, self.log)
        return self._life

    def live(self, number: int) -> Life:
        """Start the kiosk, do a few things, and have it killed in the middle of one."""
        life = self.start_kiosk()
        agent_too = self.random.random() < 0.6
        if agent_too:
            self.agent.kill_in(self.random.uniform(0.1, 2.5))
        with suppress(Killed):
            if number % 5 == 4:
                life.kill_in(self.random.uniform(0.05, 1.2))    # while it starts
            self.worker.wait_for_home(life)
            for _ in range(self.random.randint(1, 4)):
                self.worker.do_something(life)
            life.kill_in(self.random.uniform(0.0, 0.15))        # around a commit
            while True:
                self.worker.do_something(life)
        life.kill()
        self.agent.rest()
        return life

    def close(self) -> None:
        if self._life is not None:
            self._life.kill()
        self.worker.close()
        self.agent.kill()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with (
        virtual_screen(*SIZE) as display,
        Simulator(tmp_path / "scanner", tmp_path / "scanner.sock") as scanner,
        LiveOffice(tmp_path / "office", example=True, period_s=1) as office,
    ):
        town = Town(tmp_path, display, office, scanner)
        yield town
        town.close()


@pytest.mark.slow
def test_what_the_screen_said_survives_kill_9_once(town: Town) -> None:
    lives = [town.live(number) for number in range(LIVES)]
    # Nothing that was left behind keeps the next one from working: screen, serial line, files.
    last = town.start_kiosk()
    town.worker.wait_for_home(last)
    for _ in range(3):
        town.worker.do_something(last)
    last.kill()
    lives.append(last)
    assert last.tried is None
    assert "Traceback" not in town.log.read_text()

    town.agent.keep()
    rows = drained(town.folder)
    entries = [decode_entry(body) for _, _, body, _, _ in rows]
    for life in lives:
        happened = life.happened(entries)
        assert happened in (life.told, [*life.told, life.tried]), f"said {life.told}, began {life.tried}"
    told = [done for life in lives for done in life.told]
    unsaid = sum(len(life.happened(entries)) for life in lives) - len(told)
    print(
        f"\nkill -9: {LIVES} kiosks, {sum(not life.reached_home for life in lives)} of them while starting; "
        f"{dict(Counter(done.what for done in told))} said by the screen, {unsaid} more on the disk, "
        f"{len(rows)} events"
    )
    assert len(told) > LIVES
    assert len({row[0] for row in rows}) == 1
    assert [row[1] for row in rows] == list(range(1, len(rows) + 1))
    assert {row[4] for row in rows} == {"acked"}
    stored = [event for event in town.office.events() if event.station == "330502-01"]
    assert [(row[0], row[1], row[3]) for row in rows] == [(event.epoch, event.seq, event.digest) for event in stored]


def drained(folder: Path) -> list[tuple[str, int, bytes, str, str]]:
    """Epoch, seq, line, digest and state of all events, when none waits any more."""
    store = Store.open(folder / "station.db")
    deadline = time.monotonic() + 60
    while store.journal.count("pending"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{store.journal.count('pending')} events still wait")
        time.sleep(0.1)
    rows = store._db.conn.execute("SELECT epoch, seq, body, digest, state FROM journal ORDER BY id").fetchall()
    store.close()
    return rows
