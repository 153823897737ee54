"""The agent's loop: drain both ways, then retention and files, then wait for the next turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, NoReturn

from msgspec.structs import replace

from sync.protocol.errors import SyncError
from sync.station.clock import Clock
from sync.station.database import BUSY_TIMEOUT_S
from sync.station.errors import NotEnrolled, OfficeBusy, StoreDamaged, StoreError
from sync.station.files.download import RESERVE_BYTES, free_bytes
from sync.station.health import is_disk_low
from sync.station.identity import find_install, store_path
from sync.station.journal.retention import forget_old
from sync.station.notify import Notifier, SignsOfLife
from sync.station.store import Identity, Standing, Store

from .client import OfficeClient
from .errands import Errand, Errands
from .exchanges import Drained, Exchanges
from .schedule import FIRST_PERIOD_S, after_failure, bounded_period, later, phase_of, until_phase
from .steps import step_of
from .supply import BlobSupply

_ENROLMENT_POLL_S: Final = 5.0
_ERRAND_S: Final = 20.0     # at a time, so that the loop is seen to live
_RETENTION_EVERY_S: Final = 3_600.0
logger = logging.getLogger(__name__)


class Agent:
    """Keeps one station's folder in step with its office."""

    def __init__(
        self,
        data: Path,
        *,
        clock: Clock | None = None,
        connect: Callable[[str], OfficeClient] = OfficeClient,
        random: Random | None = None,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        errands: Sequence[Errand] = (),
    ) -> None:
        self._data = data
        self._busy_timeout_s = busy_timeout_s
        self._clock = clock or Clock()
        self._random = random or Random()  # noqa: S311  # spreads waits, guards nothing
        self._install = find_install()
        self._exchanges = Exchanges(data, self._clock, connect, self._install)
        self._supply = BlobSupply()
        self._errands = Errands(errands)
        self._store: Store | None = None
        self._standing = Standing()
        self._failures, self._logged = 0, ""
        self._cleaned_s = -_RETENTION_EVERY_S
        self._signs = SignsOfLife(Notifier(), self._clock.elapsed_s)

    def run(self, *, at_once: bool = False) -> NoReturn:
        """Exchange for ever; ends by what the process is told, KeyboardInterrupt."""
        self._signs.ready()
        if not at_once:
            self._wait(self.first_wait())
        while True:
            self._wait(self.turn())

    def first_wait(self) -> float:
        """Seconds to this station's own phase; none for one that has never exchanged."""
        try:
            self._open()
        except StoreError:
            return 0.0
        if self._standing.last_success is None:
            return 0.0
        period_s = bounded_period(self._standing.next_sync_s)
        return until_phase(self._clock.now(), period_s, phase_of(self._install)) % period_s

    def turn(self) -> float:
        """Drain both ways and note how it went; seconds to wait until the next turn."""
        try:
            self._keep_reserve(self._open())
            drained = self._exchanges.drain(self._open())
            wait_s = self._succeeded(drained)
            due_s = self._clock.elapsed_s() + wait_s
            self._tend(drained, wait_s)
            return max(due_s - self._clock.elapsed_s(), 0.0)
        except SyncError as fault:
            return self._failed(fault)
        except Exception as fault:
            # The edge: nothing an office or a disk can do may end the loop.
            if self._logged != SyncError.code:
                logger.exception("agent: unexpected fault")
            return self._failed(SyncError(type(fault).__name__))

    def close(self) -> None:
        """Let go of the store and the connection."""
        self._exchanges.close()
        self._forget_store()

    def _wait(self, seconds: float) -> None:
        """Sleep, run errands, show that the loop lives, and notice soon that the station was enrolled anew."""
        until_s = self._clock.elapsed_s() + seconds
        self._signs.alive()
        while (left_s := until_s - self._clock.elapsed_s()) > 0:
            self._run_errands(min(left_s, _ERRAND_S))
            self._signs.alive()
            self._clock.sleep(min(max(until_s - self._clock.elapsed_s(), 0.0), _ENROLMENT_POLL_S))
            if self._is_enrolled_anew():
                return

    def _run_errands(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            store = self._open()
            identity = store.facts.find(Identity)
        except StoreError:
            self._forget_store()
            return
        if identity is None:
            return
        self._errands.run(store, partial(self._exchanges.fetch, identity), seconds)

    def _is_enrolled_anew(self) -> bool:
        if self._store is None or self._exchanges.identity is None:
            return False
        try:
            return self._store.facts.find(Identity) != self._exchanges.identity
        except StoreError:
            return False

    def _succeeded(self, drained: Drained) -> float:
        if self._logged:
            logger.info("agent: all is well again")
        self._failures, self._logged = 0, ""
        period_s = bounded_period(drained.receipt.next_sync_s)
        wait_s = until_phase(self._exchanges.office_time(), period_s, phase_of(self._install))
        now, (boot, boot_s) = self._clock.now(), self._clock.boot_time()
        self._put_standing(Standing(
            last_success=now,
            next_sync_s=period_s,
            clock_offset_s=self._exchanges.offset_s,
            next_try=later(now, wait_s),
            is_synced=drained.is_synced,
            rejected=drained.health.rejected,
            free_mb=drained.health.free_mb,
            files_missing=self._standing.files_missing,
            files_fault=self._standing.files_fault,
            boot=boot,
            boot_s=boot_s,
        ))
        return wait_s

    def _failed(self, fault: SyncError) -> float:
        self._failures += 1
        if self._logged != fault.code:
            # Once, not every minute for a month without a line.
            logger.warning("agent: %s (%s)", fault, fault.__cause__ or "no further cause")
            self._logged = fault.code
        retry_after_s = fault.retry_after_s if isinstance(fault, OfficeBusy) else 0.0
        # Before the first success no period is known, and a technician may stand and wait.
        period_s = bounded_period(self._standing.next_sync_s) if self._standing.last_success else FIRST_PERIOD_S
        wait_s = after_failure(period_s, self._failures, retry_after_s, self._random)
        if isinstance(fault, StoreError):
            self._forget_store()
            if isinstance(fault, NotEnrolled | StoreDamaged):
                return _ENROLMENT_POLL_S
        now = self._clock.now()
        self._put_standing(replace(
            self._standing,
            failing=fault.code,
            step=step_of(fault, self._exchanges.step),
            since=self._standing.since or now,
            clock_offset_s=self._exchanges.offset_s,
            next_try=later(now, wait_s),
            is_synced=False,
        ))
        return wait_s

    def _keep_reserve(self, store: Store) -> None:
        """Files make way for the journal, most of all where the line is down for weeks."""
        if free_bytes(self._data) < RESERVE_BYTES:
            store.blobs.keep_reserve({blob.sha256 for blob in store.documents.blobs()})

    def _tend(self, drained: Drained, seconds: float) -> None:
        """What is not urgent, in the time until the next turn; a fault of it is no fault of the exchange."""
        try:
            store = self._open()
            if self._clock.elapsed_s() - self._cleaned_s >= _RETENTION_EVERY_S:
                self._cleaned_s = self._clock.elapsed_s()
                now = min(self._clock.now(), drained.receipt.server_time)
                forget_old(
                    store.journal, store.documents, store.facts.identity().station, now,
                    is_disk_full=is_disk_low(drained.health.free_mb),
                )
            self._bring_files(store, seconds)
        except StoreError as fault:
            logger.warning("agent: %s", fault)
            self._forget_store()

    def _bring_files(self, store: Store, seconds: float) -> None:
        needed = store.documents.blobs()
        missing = self._supply.supply(
            store.blobs, needed, self._exchanges.fetch(store.facts.identity(), seconds), self._clock.elapsed_s()
        )
        if (missing, self._supply.fault) != (self._standing.files_missing, self._standing.files_fault):
            self._put_standing(replace(self._standing, files_missing=missing, files_fault=self._supply.fault))

    def _put_standing(self, standing: Standing) -> None:
        self._standing = standing
        try:
            self._open().facts.put(standing)
        except StoreError as fault:
            logger.warning("agent: cannot note how it stands: %s", fault)
            self._forget_store()

    def _open(self) -> Store:
        if self._store is None:
            self._store = Store.open(store_path(self._data), busy_timeout_s=self._busy_timeout_s)
            self._store.journal.clock = self._clock
            self._standing = self._store.facts.find(Standing) or self._standing
            self._exchanges.offset_s = self._standing.clock_offset_s
        return self._store

    def _forget_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            try:
                store.close()
            except StoreError as fault:
                logger.warning("agent: store did not close: %s", fault)
