"""Once in each boot, while nobody is there: what rooms can try. A new program is judged by how that comes out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

from kiosk.clock import Clock
from sync.station.facts import Drawn
from sync.station.host.errors import HostError

from .aside import run_aside
from .checks import Check, Checks, Outcome
from .ground import Site
from .stage import KioskStage

log = logging.getLogger(__name__)
_QUIET_S: Final = 90.0      # home has been shown this long, untouched


class BootCheck:
    """Only on a station image: elsewhere nobody judges, and a window of its own would only surprise."""

    def __init__(self, stage: KioskStage, clock: Clock, site: Site) -> None:
        self._stage = stage
        self._clock = clock
        self._site = site
        self._is_over = False
        self._home_since_s: float | None = None

    def pulse(self) -> None:
        """Twice a second: begin once it is quiet."""
        if self._is_over:
            return
        screen = self._stage.screen
        if not self._stage.is_open or self._stage.is_busy or screen is None or screen.name != "home":
            self._home_since_s = None
            return
        now_s = self._clock.monotonic()
        if self._home_since_s is None:
            self._home_since_s = now_s
        elif now_s - self._home_since_s >= _QUIET_S:
            self._is_over = True
            self._stage.quietly(self._find, self._try)

    def _find(self) -> list[Check]:
        try:
            self._site.host.slots()
        except HostError:
            return []
        opened = self._stage.opened
        drawn, checks = opened.store.facts.find(Drawn), opened.service(Checks)
        if drawn is not None and drawn.boot == self._clock.boot_time().boot and drawn.call != "untested":
            checks.last["call"] = drawn.call    # the program was started anew, the machine was not
            return []
        return checks.all()

    def _try(self, checks: list[Check]) -> None:
        for check in checks:
            run_aside(check, partial(_log, check))


def _log(check: Check, outcomes: Mapping[str, Outcome]) -> None:
    log.info("check %s: %s", check.name, {part: outcome.result for part, outcome in outcomes.items()})
