"""Telling the office how an update goes: each fault once, and together with what it changes."""

from __future__ import annotations

import logging
from typing import Final, Literal

from sync.protocol.errors import SyncError
from sync.protocol.events import Event, UpdateFailed
from sync.protocol.releases import STICK
from sync.station.clock import Clock
from sync.station.facts import StickUpdate
from sync.station.host.errors import BundleOlder, BundleUnsigned, HostError
from sync.station.store import Store

from .quiet import local_now
from .state import MOST_TRIES, STUCK, Tried, Update

_CERTAIN: Final = (BundleUnsigned, BundleOlder)     # another night will not help
logger = logging.getLogger(__name__)


class Reports:
    """The events of updates."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def tell(self, store: Store, event: Event, *facts: Update | Tried | StickUpdate, subject: str = "") -> None:
        """Commit an event and what it changes."""
        logger.info("updates: %s", event)
        store.journal.append(event, at=local_now(store, self._clock), subject=subject, facts=facts)

    def failed(
        self, store: Store, version: str, fault: SyncError, *facts: Update | StickUpdate, code: str = ""
    ) -> None:
        """Tell a fault of this version, once; count it if it may be the version's own."""
        code, known = code or fault.code, tried(store)
        if isinstance(fault, HostError):    # a file that came broken may come whole tomorrow
            known = known.with_left(version, MOST_TRIES if isinstance(fault, _CERTAIN) or code == STUCK else 1)
        if known.told.get(version) == code:
            for fact in (*facts, known):
                store.facts.put(fact)
            return
        self.tell(store, UpdateFailed(version=version, code=code), *facts, known.with_told(version, code))

    def stick_failed(self, store: Store, fault: SyncError) -> None:
        """Tell that nothing is known of what is on a stick; each time one is plugged in, for somebody waits."""
        told = StickUpdate("failed", code=fault.code, at_boot_s=self._clock.boot_time().seconds)
        self.tell(store, UpdateFailed(version=STICK, code=fault.code), told)

    def stick(
        self, update: Update, step: Literal["installing", "trial", "runs", "failed"], code: str = ""
    ) -> list[StickUpdate]:
        """What is noted for whoever plugged the stick in; nothing if the update came from the office."""
        if not update.is_from_stick:
            return []
        return [StickUpdate(step, update.version, code, self._clock.boot_time().seconds)]


def tried(store: Store) -> Tried:
    """What did not go well here."""
    return store.facts.find(Tried) or Tried()
