"""Opens the store, looks what the agent wrote, lets go of a store that broke and tries again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from kiosk.clock import Clock

from .causes import failure_of
from .glances import Glances
from .opened import Opened
from .stage import KioskStage
from .worker import Worker

log = logging.getLogger(__name__)

_POLL_S: Final = 1.0        # how often the store is asked whether the agent wrote
_REFRESH_S: Final = 15.0    # glances also change by the clock alone: midnight, line lost
_RETRY_S: Final = 10.0      # a store that could not be opened is tried again


class Opening:
    """Keeps the stage's store open and its glances new."""

    def __init__(self, stage: KioskStage, clock: Clock, worker: Worker, open_store: Callable[[], Opened]) -> None:
        self.on_glances: Callable[[], object] | None = None
        self._stage = stage
        self._clock = clock
        self._worker = worker
        self._open_store = open_store
        self.devices: tuple[str, ...] | None = None     # every device there is, once that is known
        self._devices: dict[str, str] = {}
        self._polling = False
        self._opening = False
        self._shut_by = ""
        self._polled_s = self._refreshed_s = self._tried_s = clock.monotonic()
        stage.entrance.on_broken = self._broken
        stage.entrance.on_mended = self.open

    def open(self) -> None:
        """Open the store, unless that is being done."""
        if self._opening:
            return
        self._opening, self._tried_s = True, self._clock.monotonic()

        def work() -> tuple[Opened, Glances]:
            opened = self._open_store()
            return opened, opened.look()

        self._worker.do(work, self._opened, self._not_opened)

    def pulse(self) -> None:
        """Twice a second: news from the agent, or another try."""
        now = self._clock.monotonic()
        if not self._stage.is_open:
            if now - self._tried_s >= _RETRY_S:
                self.open()
        elif now - self._polled_s >= _POLL_S and not self._polling and not self._stage.is_busy:
            self._polled_s = now
            self._poll(refresh=now - self._refreshed_s >= _REFRESH_S)

    def report(self, device: str, code: str) -> None:
        """A device works (empty code) or fails; what is said before the store is open is kept for it."""
        self._devices[device] = code
        if self._stage.is_open:
            self._tell(self._stage.opened, device, code)

    def _opened(self, answer: tuple[Opened, Glances]) -> None:
        self._opening, self._shut_by = False, ""
        opened, glances = answer
        self._stage.open(opened, glances)
        self._show(glances)
        if self.devices is not None:
            self._stage.quietly(partial(opened.equipment.keep_only, self.devices), _nothing)
        for device, code in self._devices.items():
            self._tell(opened, device, code)

    def _tell(self, opened: Opened, device: str, code: str) -> None:
        def work() -> Glances:
            opened.equipment.report(device, code)
            return opened.look()

        self._stage.quietly(work, self._stage.set_glances)

    def _not_opened(self, error: Exception) -> None:
        self._opening = False
        failure = failure_of(error)
        if failure.code != self._shut_by:   # once, not every ten seconds while a technician looks for the code
            self._shut_by = failure.code
            log.error("out of order: %s", error, exc_info=None if failure.is_foreseen else error)
        self._stage.close(failure)

    def _broken(self, error: Exception) -> None:
        """The store went bad while it was open: let go of it, and try to open it again later."""
        if not self._stage.is_open:
            return
        self._stage.quietly(self._stage.opened.store.close, _nothing)
        self._tried_s = self._clock.monotonic()
        self._not_opened(error)

    def _poll(self, *, refresh: bool) -> None:
        opened = self._stage.opened
        self._polling = True

        def work() -> Glances | None:
            return opened.look() if opened.store.changed() or refresh else None

        def done(glances: Glances | None) -> None:
            self._polling = False
            if glances is not None:
                self._refreshed_s = self._clock.monotonic()
                self._show(glances)

        def failed(error: Exception) -> None:
            self._polling = False
            self._stage.failed_quietly(error)

        self._worker.do(work, done, failed)

    def _show(self, glances: Glances) -> None:
        self._stage.set_glances(glances)
        if self.on_glances is not None:
            self.on_glances()


def _nothing(_answer: object) -> None:
    """Nobody waits for this."""
