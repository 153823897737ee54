"""The real window and the real agent killed at random moments: what the screen said is on the disk, once."""

# What SQLite really holds is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from devices.codes import make_label
from devices.simulator import Simulator
from sync.protocol.documents import Trade
from sync.protocol.events import AnyEvent, BookBorrowed, BookReturned, BookShelved, CheckedIn, Entry, decode_entry
from sync.station.exchange.enrol import enrol
from sync.station.store import Store
from tests.bench.kiosk import DEBOUNCE_S, HOME, PROBE, SIZE, TRADES, is_poster
from tests.central.live import LiveOffice
from tests.chance import tries
from tests.flows.conftest import FONTS
from tests.flows.example import wait_for_copies
from tests.x11 import Eye, Finger, virtual_screen

ROOT = Path(__file__).resolve().parents[2]
LIVES = tries(4)
BORROW, RETURN = (286, 1380), (789, 1380)   # the two doors on home
BADGE = (160, 300)          # home: the poster; waiting for a scan: white; done: the green sign
GREEN, WHITE = (23, 121, 91), (255, 255, 255)
PATIENCE_S = 60.0
Claim = Callable[[tuple[int, int, int]], bool]


class Done(NamedTuple):
    """Something a worker did: `checked in` and the trade, or `borrowed`, `brought` and the label."""

    what: str
    which: str


class Killed(Exception):
    """The kiosk is no more."""


def is_done(colour: tuple[int, int, int]) -> bool:
    return colour == GREEN


def is_waiting(colour: tuple[int, int, int]) -> bool:
    return colour == WHITE


class Life:
    """One run of the kiosk until it is killed, and what its screen confirmed meanwhile."""

    def __init__(self, display: str, folder: Path, scanner: Path, log: Path) -> None:
        self.told: list[Done] = []          # the screen said so
        self.tried: Done | None = None      # begun, and nothing said yet
        self.tapped_s = -DEBOUNCE_S
        self.began = self.ended = datetime.now(UTC)
        self.reached_home = False
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "kiosk", "--data", str(folder), "--size", f"{SIZE[0]}x{SIZE[1]}",
                    "--scanner", str(scanner), "--fonts", str(FONTS), "--no-sounds",
                ],
                env={**os.environ, "DISPLAY": display}, cwd=ROOT, stdout=out, stderr=out,
            )
        self._timers: list[threading.Timer] = []

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def kill_in(self, seconds: float) -> None:
        """End it in the middle of whatever it will be doing then."""
        timer = threading.Timer(seconds, self._process.send_signal, [signal.SIGKILL])
        self._timers.append(timer)
        timer.start()

    def kill(self) -> None:
        """End it now."""
        for timer in self._timers:
            timer.cancel()
            timer.join()
        self._process.kill()
        self._process.wait()
        self.ended = datetime.now(UTC)

    def happened(self, entries: list[Entry]) -> list[Done]:
        """What the journal says was done in this life, in its order."""
        return [done for entry in entries if self.began <= entry.at <= self.ended and (done := done_by(entry.event))]


def done_by(event: AnyEvent) -> Done | None:
    match event:
        case CheckedIn(trade=trade):
            return Done("checked in", trade)
        case BookBorrowed(label=label):
            return Done("borrowed", label)
        case BookReturned(label=label) | BookShelved(label=label):
            return Done("brought", label)
        case _:
            return None


class Worker:
    """Taps, scans, and believes what the screen says."""

    def __init__(self, display: str, scanner: Simulator, trades: list[str], random: Random) -> None:
        self.finger = Finger(display)
        self.eye = Eye(display)
        self._scanner = scanner
        self._trades = trades
        self._random = random
        self._label = 0

    def wait_for_home(self, life: Life) -> None:
        self._wait(life, PROBE, is_poster)
        life.reached_home = True

    def do_something(self, life: Life) -> None:
        """One thing, from the home screen back to the home screen; raises Killed."""
        if time.monotonic() - life.tapped_s > DEBOUNCE_S and self._random.random() < 0.6:
            self._check_in(life)
        else:
            self._move_a_book(life)
        while True:
            self.finger.tap(*HOME)
            with suppress(TimeoutError):
                return self._wait(life, PROBE, is_poster, 2)

    def close(self) -> None:
        self.finger.close()
        self.eye.close()

    def _check_in(self, life: Life) -> None:
        place = self._random.randrange(len(TRADES))
        life.tried = Done("checked in", self._trades[place])
        life.tapped_s = time.monotonic()
        self.finger.tap(*TRADES[place])
        self._wait_for_done(life)

    def _move_a_book(self, life: Life) -> None:
        what, door = self._random.choice([("borrowed", BORROW), ("brought", RETURN)])
        self.finger.tap(*door)
        self._wait(life, BADGE, is_waiting)
        self._label += 1
        label = make_label(self._label)
        life.tried = Done(what, label)
        self._scanner.scan(label)
        self._wait_for_done(life)

    def _wait_for_done(self, life: Life) -> None:
        self._wait(life, BADGE, is_done)
        assert life.tried
        life.told.append(life.tried)
        life.tried = None

    def _wait(self, life: Life, place: tuple[int, int], claim: Claim, timeout_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not claim(self.eye.pixel(*place)):
            if life.is_over:
                raise Killed
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.eye.pixel(*place)} at {place}, after {life.told} and {life.tried}")
            time.sleep(0.0005)


class AgentProcess:
    """The real agent, started again after each kill."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "sync.station", "run", "--now", "--data", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None

    def keep(self) -> None:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def kill_in(self, seconds: float) -> None:
        """End it in the middle of whatever it will be doing then."""
        if self._process is not None:
            self._timer = threading.Timer(seconds, self._process.send_signal, [signal.SIGKILL])
            self._timer.start()

    def rest(self) -> None:
        """Wait until a planned kill has happened."""
        if self._timer is not None and self._process is not None:
            self._timer.join()
            self._process.wait()
            self._timer = None

    def kill(self) -> None:
        """End it now."""
        self.rest()
        if self._process is not None:
            self._process.kill()
            self._process.wait()


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
