"""The set-up test of a station: what can be tried without a room, the sheet at its end, and a stick's update."""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.stage.checks import Outcome
from kiosk.stage.ground import Ground
from sync.protocol.events.setup import PartTested, StationTested
from sync.protocol.sheets import is_passed, sign_sheet
from sync.station.facts import PassedTest, Service, Standing, StickUpdate
from sync.station.health import find_version
from sync.station.host.errors import HostAway, HostError
from sync.station.host.table import Matrix, ScreenSet

from .errors import AgentSilent, WatchdogMissing

TOUCH: Final = "touch"
SCANNER: Final = "scanner"
LOUDSPEAKER: Final = "loudspeaker"
OFFICE: Final = "office"
WATCHDOG: Final = "watchdog"


class SetupGlance(msgspec.Struct, frozen=True):
    """Whether home has to wait."""

    is_test_needed: bool
    is_open: bool = True    # the office has not taken the station out of service
    stick: StickUpdate = StickUpdate()  # what whoever plugged it in has not been told yet


class SetupService:
    """Tries what belongs to no room, keeps how all came out until the sheet is signed; the one writer of its event."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        # Kept here and not by a screen: screens are made anew in the other language.
        self.outcomes: dict[str, Outcome] = {}
        self.waived: dict[str, str] = {}        # by whom
        self.who = ""
        self._told = StickUpdate()

    def glance(self) -> SetupGlance:
        """Whether this installation has still to be tested."""
        facts = self._ground.store.facts
        service, stick = facts.find(Service), facts.find(StickUpdate) or StickUpdate()
        return SetupGlance(
            self._ground.site.needs_test and not self._has_passed(), service is None or service.is_open,
            StickUpdate() if stick == self._told else stick,
        )

    def told_of(self, stick: StickUpdate) -> None:
        """The screen has said so: home need not wait for it once more."""
        self._told = stick

    def _has_passed(self) -> bool:
        facts = self._ground.store.facts
        tested = facts.find(PassedTest)
        return tested is not None and tested.install == facts.identity().install

    def try_office(self) -> Outcome | None:
        """Whether the agent has reached the office in this run of the machine; None: not yet."""
        standing = self._ground.store.facts.find(Standing)
        boot = self._ground.clock.boot_time().boot
        if standing is None or (standing.last_success is None and not standing.failing):
            return None
        if standing.failing:
            return Outcome("fails", code=standing.failing, next_step=AgentSilent.next_step)
        return Outcome("works") if standing.boot == boot else None

    def try_watchdog(self) -> Outcome:
        """Whether the machine starts itself anew when it hangs."""
        try:
            state = self._ground.site.host.watchdog()
        except HostAway:
            return Outcome("absent")
        except HostError as fault:
            return Outcome("fails", code=fault.code, next_step=fault.next_step)
        if state.is_present:
            return Outcome("works", state.name)
        return Outcome("fails", code=WatchdogMissing.code, next_step=WatchdogMissing.next_step)

    def find_screen(self) -> ScreenSet | None:
        """How the screen is turned and touched; None where others look after it."""
        try:
            return self._ground.site.host.screen()
        except HostError:
            return None

    def set_touch(self, matrix: Matrix) -> None:
        """Have the panel touched like this from now on; raises HostError."""
        self._ground.site.host.set_screen(matrix=matrix)

    def finish(self, parts: tuple[str, ...]) -> StationTested:
        """Sign the sheet of these parts and journal it; in service from now on if nothing failed.

        Raises StoreError, KeyMissing.
        """
        from sync.station.identity import Keys  # as in enrolment.py  # noqa: PLC0415

        ground = self._ground
        identity = ground.store.facts.identity()
        now = ground.station.now().replace(microsecond=0)
        tested = sign_sheet(
            StationTested(
                station=identity.station, tested_at=now, who=self.who, program=find_version(),
                parts=tuple(self._part(part) for part in parts), key="",
            ),
            Keys(ground.site.data).load(identity.key),
        )
        ground.store.journal.append(tested, at=now)
        if is_passed(tested):
            ground.store.facts.put(PassedTest(identity.install, now))
        return tested

    def _part(self, part: str) -> PartTested:
        outcome = self.outcomes[part]
        if outcome.result == "fails":
            by = self.waived.get(part, "")
            return PartTested(part, "waived" if by else "failed", outcome.code, by)
        return PartTested(part, "passed" if outcome.result == "works" else "absent")
