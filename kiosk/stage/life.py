"""Signs of life: to systemd, that frames are drawn and work is done; to the agent, the fact Drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from kiosk.clock import Clock
from sync.station.facts import Drawn, Tried
from sync.station.health import find_version
from sync.station.notify import ALIVE, READY, Notifier

from .checks import Checks
from .stage import KioskStage
from .worker import Worker

_WORKER_S: Final = 300.0    # one piece of work may wait this long for an office; after that it hangs


class LifeSigns:
    """Told of every frame, and asked twice a second; on Kivy's thread."""

    def __init__(
        self, stage: KioskStage, clock: Clock, worker: Worker, ask_frame: Callable[[], object],
        notifier: Notifier | None = None,
    ) -> None:
        self.scanners = 0       # how many the settings name
        self._stage = stage
        self._clock = clock
        self._worker = worker
        self._ask_frame = ask_frame     # have a frame drawn: a screen on which nothing moves draws none by itself
        self._notifier = notifier or Notifier()
        self._answering: set[str] = set()
        self._is_ready = self._is_frame_wanted = self._has_drawn = False
        self._asked_s = clock.monotonic()
        self._working_since_s: float | None = None      # what was asked of the worker thread is not answered yet
        self._noted: Drawn | None = None

    def flipped(self) -> None:
        """A frame is on the screen."""
        if not self._is_ready:
            self._is_ready = True
            self._notifier.tell(READY)
        self._has_drawn = self._stage.is_open
        if self._is_frame_wanted:
            self._is_frame_wanted = False
            if self._is_worker_alive():
                self._notifier.tell(ALIVE)

    def report(self, device: str, code: str) -> None:
        """A device answers (empty code) or does not."""
        if device.startswith("scanner"):
            (self._answering.discard if code else self._answering.add)(device)

    def pulse(self) -> None:
        """Ask for the next sign in time, and note what has changed."""
        now_s = self._clock.monotonic()
        if self._notifier.watchdog_s and now_s - self._asked_s >= self._notifier.watchdog_s / 4:
            self._asked_s, self._is_frame_wanted = now_s, True
            self._ask_worker()
            self._ask_frame()
        if self._has_drawn and self._stage.is_open:
            self._note()

    def _note(self) -> None:
        boot, seconds = self._clock.boot_time()
        checks = self._stage.service(Checks)
        call: Tried = checks.last.get("call", "untested")
        before = self._noted or Drawn(boot, seconds)
        drawn = Drawn(
            boot, before.at_boot_s, find_version(), self.scanners, len(self._answering), call, checks.failing,
            checks.began_at_boot_s,
        )
        if drawn != self._noted:
            self._noted = drawn
            self._stage.quietly(partial(self._stage.opened.store.facts.put, drawn), _nothing)

    def _ask_worker(self) -> None:
        if self._working_since_s is None:
            self._working_since_s = self._clock.monotonic()
            self._worker.do(lambda: None, self._answered, self._answered)

    def _answered(self, _answer: object) -> None:
        self._working_since_s = None

    def _is_worker_alive(self) -> bool:
        since_s = self._working_since_s
        return since_s is None or self._clock.monotonic() - since_s < _WORKER_S


def _nothing(_answer: object) -> None:
    """Nobody waits for this."""
