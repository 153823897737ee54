"""The update on a stick: whoever plugged it in waits for it, so it is begun at once, and told of on the screen."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, NamedTuple

from sync.station.clock import Clock
from sync.station.errors import StoreError
from sync.station.facts import StickUpdate
from sync.station.host.client import Host
from sync.station.host.errors import BundleUnsigned, HostError
from sync.station.store import Store

from .bundles import Bundles, OnStick, find_on_stick
from .quiet import is_calling, local_now
from .reports import Reports, tried

_TOLD_S: Final = 120.0      # what came of a stick that was pulled is on the screen by then
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
        self._out_since_s: float | None = None

    def take(self, store: Store, runs: str) -> Taken | None:
        """Another program than the one that `runs`, copied from the stick, each time it is plugged in.

        Raises HostError, StoreError if it cannot be used, which is told.
        """
        file = find_on_stick(self._folder) if self._folder else None
        if file is None:
            self._seen = None       # plugged in once more, it is another try
            self._is_out(store)
            return None
        if file == self._seen or is_calling(store, local_now(store, self._clock)):
            return None
        self._seen = file
        is_back, self._out_since_s = self._out_since_s is not None, None
        try:
            name = self._bundles.take(file)
            version = self._host.inspect(name).version or _refuse(file)
        except (HostError, StoreError) as fault:
            self._reports.stick_failed(store, fault)
            raise
        told, known = store.facts.find(StickUpdate) or StickUpdate(), tried(store)
        has_failed = version in known.failed() or (not is_back and (told.step, told.version) == ("failed", version))
        if not has_failed and version != runs:
            return Taken(version, name)
        logger.info("updates: the stick has %s, which %s", version, "failed here" if has_failed else "runs")
        step, code = ("failed", known.told.get(version, told.code)) if has_failed else ("runs", "")
        if is_back or (told.step, told.version, told.code) != (step, version, code):
            store.facts.put(StickUpdate(step, version, code, self._clock.boot_time().seconds))
        return None

    def _is_out(self, store: Store) -> None:
        """Nothing is plugged in: what came of the last one need not be said for ever."""
        now_s = self._clock.elapsed_s()
        if self._out_since_s is None:
            self._out_since_s = now_s
        if now_s - self._out_since_s >= _TOLD_S and store.facts.find(StickUpdate) not in {None, StickUpdate()}:
            store.facts.put(StickUpdate())


def _refuse(file: OnStick) -> str:
    raise BundleUnsigned(f"{file.path.name} names no version")
