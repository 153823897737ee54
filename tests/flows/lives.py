"""A kiosk that lives until it is killed, the agent beside it, and somebody who believes what the screen says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from devices.codes import make_label
from devices.simulator import Simulator
from sync.protocol.events import AnyEvent, BookBorrowed, BookReturned, BookShelved, CheckedIn, Entry
from tests.bench.kiosk import DEBOUNCE_S, HOME, PROBE, SIZE, TRADES, is_poster
from tests.flows.conftest import FONTS
from tests.x11 import Eye, Finger

ROOT = Path(__file__).resolve().parents[2]
BORROW, RETURN = (286, 1380), (789, 1380)   # the two doors on home
_DROPPED_S = 20.0       # no machine is so busy that a tap that was taken shows nothing for so long
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
        self._tap(life, TRADES[place], is_done)
        self._done(life)

    def _move_a_book(self, life: Life) -> None:
        what, door = self._random.choice([("borrowed", BORROW), ("brought", RETURN)])
        self._tap(life, door, is_waiting)
        self._label += 1
        label = make_label(self._label)
        life.tried = Done(what, label)
        self._scanner.scan(label)
        self._wait(life, BADGE, is_done)
        self._done(life)

    def _tap(self, life: Life, place: tuple[int, int], claim: Claim) -> None:
        """Tap on the home screen, until what it leads to is there; one on the heels of another is dropped."""
        self.finger.tap(*place)
        try:
            self._wait(life, BADGE, claim, _DROPPED_S)
        except TimeoutError:
            if is_poster(self.eye.pixel(*PROBE)):
                self.finger.tap(*place)
            self._wait(life, BADGE, claim)

    def _done(self, life: Life) -> None:
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
