"""The update on a stick: whoever plugged it in waits for it, so it is begun at once, and told of on the screen."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

from sync.station.clock import Clock
from sync.station.errors import StoreError
from sync.station.facts import StickUpdate
from sync.station.host.client import Host
from sync.station.host.errors import HostError
from sync.station.store import Store

from .bundles import Bundles, OnStick, find_on_stick
from .quiet import is_calling, local_now
from .reports import Reports, tried
from .state import BOOT

logger = logging.getLogger(__name__)


class Taken(NamedTuple):
    """What is to be installed."""

    version: str
    bundle: str     # its file in the folder of updates


class Stick:
    """Where a technician's stick is mounted while it is plugged in, if this machine has such a place."""

    def __init__(self, folder: Path | None, bundles: Bundles, host: Host, reports: Reports, clock: Clock) -> None:
        self._folder = folder
        self._bundles = bundles
        self._host = host
        self._reports = reports
        self._clock = clock
        self._seen: OnStick | None = None

    def take(self, store: Store, runs: str) -> Taken | None:
        """Another program than the one that `runs`, copied from the stick, each time it is plugged in.

        Raises HostError, StoreError if it cannot be used, which is told.
        """
        file = find_on_stick(self._folder) if self._folder else None
        if file is None:
            self._seen = None       # plugged in once more, it is another try
            if store.facts.find(StickUpdate) not in {None, StickUpdate()}:
                store.facts.put(StickUpdate())
            return None
        if file == self._seen or is_calling(store, local_now(store, self._clock)):
            return None
        self._seen = file
        try:
            name = self._bundles.take(file)
            version = self._host.inspect(name).version
        except (HostError, StoreError) as fault:
            self._reports.stick_failed(store, fault)
            raise
        known = tried(store)
        if version == runs:
            store.facts.put(StickUpdate("runs", version))
        elif not version or version in known.failed():
            store.facts.put(StickUpdate("failed", version, known.told.get(version, BOOT)))
        else:
            return Taken(version, name)
        logger.info("updates: the stick has %s, which runs or failed here", version or "no version")
        return None
