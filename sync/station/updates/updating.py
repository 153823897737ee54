"""The errand of updates: fetched in the background, installed at night when nobody is there, tried, kept or left.

How far it is lies in the store (`Update`), written together with the event that tells of it, so that a power cut at
any moment finds the one step that comes next. What the boot loader did meanwhile is seen from the version that runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from sync.protocol.documents import Pin, Release, StationSettings
from sync.protocol.errors import SyncError
from sync.protocol.events import Event, UpdateCommitted, UpdateInstalled, UpdateRolledBack
from sync.protocol.releases import is_taken_back, wanted_release
from sync.protocol.trials import NO_OFFICE, verdict
from sync.station.clock import Clock
from sync.station.errors import FileUnusable, StoreError
from sync.station.exchange.fetching import Fetch
from sync.station.facts import StickUpdate
from sync.station.host.client import Host
from sync.station.host.errors import BundleMisplaced, HostAway, HostBusy, HostError
from sync.station.host.table import SlotState
from sync.station.store import Store

from .bundles import Bundles, name_of
from .installing import Installation
from .quiet import is_empty, is_night, local_now
from .reports import Reports, tried
from .seen import look, look_before
from .state import BOOT, COMMANDED, MOST_TRIES, STUCK, WITHDRAWN, Update
from .stick import Stick

_LOOK_EVERY_S: Final = 30.0
_REBOOT_AGAIN_S: Final = 300.0      # a machine that was told to start anew and did not
logger = logging.getLogger(__name__)


class Updating:
    """Brings the station to the program the office wants for it."""

    def __init__(self, host: Host, folder: Path, clock: Clock, stick: Path | None = None) -> None:
        self._host = host
        self._clock = clock
        self._bundles = Bundles(folder, clock.elapsed_s)
        self._reports = Reports(clock)
        self._stick = Stick(stick, self._bundles, host, self._reports, clock)
        self._slots: SlotState | None = None
        self._settled = ""      # in which run of the machine the program that runs was marked good
        self._looked_s = self._rebooted_s = float("-inf")
        self._installing: Installation | None = None
        self._logged = ""

    def run(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:
        """One step further, if there is one to take."""
        try:
            update = store.facts.find(Update) or Update()
            match update.step:
                case "installing":
                    self._install(store, update)
                case "trial":
                    self._try_out(store, update)
                case "leaving":
                    self._leave(store, update)
                case "none":
                    self._seek(store, fetch, seconds)
            self._logged = ""
        except HostAway:
            pass    # this machine is no image of ours: whoever set it up updates it
        except SyncError as fault:
            if self._logged != fault.code:
                logger.warning("updates: %s", fault)
                self._logged = fault.code

    def _seek(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:
        """Find what is wanted, bring it, and begin with it when the time has come."""
        if self._clock.elapsed_s() - self._looked_s < _LOOK_EVERY_S:
            return
        runs = self._read_slots().version
        self._settle(store)
        if on_stick := self._stick.take(store, runs):
            self._begin(store, *on_stick)
            return
        station = store.facts.identity().station
        settings, pin = store.documents.find(StationSettings, station), store.documents.find(Pin, station)
        releases, pinned = store.documents.all(Release), pin.version if pin else ""
        if is_taken_back(releases, runs=runs, pin=pinned) and self._may_restart(store):
            self.go_back(store, WITHDRAWN)
            return
        wanted = wanted_release(
            releases, station=station, region=settings.region if settings else "", runs=runs, pin=pinned,
            failed=tried(store).failed(),
        )
        if wanted is None:
            self._bundles.keep_only(())
        elif not self._bundles.has(wanted) and not self._bring(store, wanted, fetch(seconds)):
            return      # go on at once, in the next slice
        elif self._may_restart(store):
            self._begin(store, wanted.release, name_of(wanted))
            return
        self._looked_s = self._clock.elapsed_s()

    def _bring(self, store: Store, wanted: Release, fetch: Fetch) -> bool:
        try:
            return self._bundles.bring(wanted, fetch)
        except (FileUnusable, StoreError) as fault:
            self._reports.failed(store, wanted.release, fault)
            raise

    def _begin(self, store: Store, version: str, bundle: str) -> None:
        update = Update(
            step="installing", version=version, from_version=self._read_slots().version, bundle=bundle,
            boot=self._clock.boot_time().boot, before=look_before(store, self._clock),
        )
        for fact in (*(self._reports.stick(update, "installing") or [StickUpdate()]), update):
            store.facts.put(fact)
        logger.info("updates: installing %s", version)

    def _install(self, store: Store, update: Update) -> None:
        """Have it written; after a power cut once more, unless it was done and runs already."""
        if self._read_slots().version == update.version:
            self._note_installed(store, update, boot="")
            return
        if self._installing is None or self._installing.bundle != update.bundle:
            self._installing = Installation(self._host, update.bundle)
        self._installing.wait(1.0)
        if not self._installing.is_over:
            return
        fault, self._installing = self._installing.fault, None
        self._slots = None
        if isinstance(fault, HostBusy):
            return
        if fault is None:
            self._note_installed(store, update, boot=self._clock.boot_time().boot)
        elif isinstance(fault, BundleMisplaced) and not update.is_from_stick:     # gone is soon brought again
            store.facts.put(Update())
        else:
            self._bundles.keep_only(())
            stick = self._reports.stick(update, "failed", fault.code)
            self._reports.failed(store, update.version, fault, Update(), *stick)

    def _note_installed(self, store: Store, update: Update, boot: str) -> None:
        self._reports.tell(
            store, UpdateInstalled(version=update.version, from_version=update.from_version),
            replace(update, step="trial", boot=boot), *self._reports.stick(update, "trial"),
        )

    def _try_out(self, store: Store, update: Update) -> None:
        """Start it when nobody is there; then judge it, or see that the machine went back by itself."""
        runs = self._read_slots().version
        if runs != update.version:
            if update.boot != self._clock.boot_time().boot:
                self._note_left(store, replace(update, code=BOOT), runs)
            elif self._may_restart(store) or update.is_from_stick:
                self._reboot()
            return
        found = verdict(update.before, look(store, self._clock), self._clock.boot_time().seconds)
        if found.how == "good":
            self._host.mark("good")
            event = UpdateCommitted(version=runs, from_version=update.from_version)
            self._reports.tell(store, event, Update(), *self._reports.stick(update, "runs"))
            self._bundles.keep_only(())
        elif found.how == "bad":
            store.facts.put(replace(update, step="leaving", code=found.code, boot=self._clock.boot_time().boot))

    def go_back(self, store: Store, code: str, *also: Event, subject: str = "") -> None:
        """Leave what runs for what the other slot holds, and tell `also`; raises HostError if it holds nothing."""
        slots = self._slots = self._host.slots()
        if not slots.other_version:
            raise HostError("the other slot is empty")
        update = Update(step="leaving", version=slots.version, boot=self._clock.boot_time().boot, code=code)
        for event in also:
            self._reports.tell(store, event, update, subject=subject)
        store.facts.put(update)

    def _leave(self, store: Store, update: Update) -> None:
        runs = self._read_slots().version
        if runs != update.version:
            self._note_left(store, update, runs)
        elif update.boot == self._clock.boot_time().boot:
            if self._clock.elapsed_s() - self._rebooted_s < _REBOOT_AGAIN_S:
                return
            if update.code not in {WITHDRAWN, COMMANDED}:
                self._host.mark("bad")
            self._host.activate("other")
            self._reboot()
        else:
            # The other slot did not start. Better this program than none.
            self._host.activate("booted")
            self._host.mark("good")
            stick = self._reports.stick(update, "failed", STUCK)
            self._reports.failed(store, update.version, HostError(), Update(), *stick, code=STUCK)

    def _note_left(self, store: Store, update: Update, runs: str) -> None:
        """It was left, and `runs` stays: whether it may be tried another night depends on why."""
        self._host.activate("booted")
        self._host.mark("good")
        times = 1 if update.code == NO_OFFICE else MOST_TRIES
        again = tried(store).with_left(update.version, times).with_told(update.version, update.code)
        event = UpdateRolledBack(version=update.version, to_version=runs, code=update.code)
        self._reports.tell(store, event, Update(), again, *self._reports.stick(update, "failed", update.code))
        self._bundles.keep_only(())

    def _settle(self, store: Store) -> None:
        """Mark good what runs without being on trial, once its screen was drawn: a start counts as a try until then."""
        slots = self._read_slots()
        if slots.is_trial and self._settled != self._clock.boot_time().boot and look(store, self._clock).has_drawn:
            self._host.mark("good")
            self._settled = self._clock.boot_time().boot
            self._slots = None

    def _may_restart(self, store: Store) -> bool:
        local = local_now(store, self._clock)
        return is_night(local) and is_empty(store, local)

    def _reboot(self) -> None:
        if self._clock.elapsed_s() - self._rebooted_s >= _REBOOT_AGAIN_S:
            self._host.reboot()
            self._rebooted_s = self._clock.elapsed_s()

    def _read_slots(self) -> SlotState:
        if self._slots is None:
            self._slots = self._host.slots()
        return self._slots
