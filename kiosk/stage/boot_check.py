"""While nobody is there: what rooms can try. Once in each boot, for a new program is judged by how that comes out, and
whenever the office asks how the station is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

from kiosk.clock import Clock
from sync.station.host.errors import HostError

from .aside import run_aside
from .checks import Check, Checks, Outcome
from .ground import Site
from .stage import KioskStage

log = logging.getLogger(__name__)
_QUIET_S: Final = 90.0      # nobody has touched or scanned anything for this long


class BootCheck:
    """Only on a station image: elsewhere nobody judges, and a window of its own would only surprise."""

    def __init__(self, stage: KioskStage, clock: Clock, site: Site) -> None:
        self._stage = stage
        self._clock = clock
        self._site = site
        self._began_s: float | None = None      # the last time, after the machine's start
        self._trying: set[str] = set()          # names of checks that have not come out yet

    def pulse(self) -> None:
        """Twice a second: begin once it is quiet."""
        stage = self._stage
        if not stage.is_open:
            self._began_s = None    # whoever opens the store again knows nothing of it
        elif self._is_wanted() and stage.screen and stage.screen.is_resting and stage.leaving.quiet_s >= _QUIET_S:
            self._began_s = self._clock.boot_time().seconds
            stage.quietly(self._find, partial(self._try, stage.service(Checks)))

    def _is_wanted(self) -> bool:
        if self._trying or self._stage.is_busy:
            return False
        glances = self._stage.glances
        wanted_s = glances.station.check_wanted_at_boot_s if glances else 0.0
        return self._began_s is None or self._began_s < wanted_s

    def _find(self) -> list[Check]:
        try:
            self._site.host.slots()
        except HostError:
            return []
        return self._stage.opened.service(Checks).all()

    def _try(self, checks: Checks, found: list[Check]) -> None:
        self._trying = {check.name for check in found}
        for check in found:
            run_aside(check, partial(self._came_out, checks, check))
        if not found:
            checks.began_at_boot_s = self._began_s or 0.0

    def _came_out(self, checks: Checks, check: Check, outcomes: Mapping[str, Outcome]) -> None:
        log.info("check %s: %s", check.name, {part: outcome.result for part, outcome in outcomes.items()})
        self._trying.discard(check.name)
        if not self._trying:
            checks.began_at_boot_s = self._began_s or 0.0
