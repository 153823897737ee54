"""The agent's loop: journal up, documents down, until both are drained; then wait for the next turn.

It holds nothing that is not in the store, so it may be killed at any moment: what was not known to
be stored is sent again, and the office knows it by (station, epoch, seq).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, NoReturn

from msgspec.structs import replace

from sync.protocol.errors import SyncError, WireError
from sync.protocol.wire import VERSION, Hello, Receipt

from .batch import LEAST, MAX_BATCH_BYTES, Batch
from .client import OfficeClient, Reply, Signer
from .clock import Clock
from .database import BUSY_TIMEOUT_S
from .errors import (
    BatchTooLarge,
    NotEnrolled,
    OfficeBusy,
    OfficeUnreachable,
    StationCloned,
    StationRevoked,
    StoreDamaged,
    StoreError,
)
from .health import health_of
from .identity import Keys, find_install, make_epoch, store_path
from .schedule import FIRST_PERIOD_S, after_failure, bounded_period, phase_of, until_phase
from .store import Identity, Standing, Store

_MAX_EXCHANGES: Final = 5_000   # in one turn; an office that always has more must not hold us for ever
_MAX_MISFITS: Final = 2
_ENROLMENT_POLL_S: Final = 5.0
_OFFSET_NOISE_S: Final = 5.0    # less may be the journey
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
    ) -> None:
        self._data = data
        self._busy_timeout_s = busy_timeout_s
        self._keys = Keys(data)
        self._clock = clock or Clock()
        self._connect = connect
        self._random = random or Random()  # noqa: S311  # spreads waits, guards nothing
        self._install = find_install()
        self._store: Store | None = None
        self._client: tuple[str, OfficeClient] | None = None
        self._batch = Batch()
        self._identity: Identity | None = None
        self._line = Standing()
        self._failures = 0
        self._logged = ""
        self._barred = ""   # the epoch the office refused as revoked or cloned

    def run(self, *, at_once: bool = False) -> NoReturn:
        """Exchange for ever; ends by what the process is told, KeyboardInterrupt."""
        if not at_once:
            self._clock.sleep(self.first_wait())
        while True:
            self._wait(self.turn())

    def first_wait(self) -> float:
        """Seconds to this station's own phase; none for one that has never exchanged."""
        try:
            store = self._open()
            if not store.facts.cursor():
                return 0.0
        except StoreError:
            return 0.0
        period_s = bounded_period(self._line.next_sync_s)
        return until_phase(self._clock.now(), period_s, phase_of(self._install)) % period_s

    def turn(self) -> float:
        """Drain both ways and note how it went; seconds to wait until the next turn."""
        try:
            receipt = self._drain()
            return self._succeeded(receipt)
        except SyncError as fault:
            return self._failed(fault)
        except Exception as fault:
            # The edge: nothing an office or a disk can do may end the loop.
            if self._logged != SyncError.code:
                logger.exception("agent: unexpected fault")
            return self._failed(SyncError(type(fault).__name__))

    def _wait(self, seconds: float) -> None:
        """Sleep, but notice soon that a technician enrolled the station anew."""
        while seconds > 0:
            step_s = min(seconds, _ENROLMENT_POLL_S)
            self._clock.sleep(step_s)
            seconds -= step_s
            if self._is_enrolled_anew():
                return

    def _is_enrolled_anew(self) -> bool:
        if self._store is None:
            return False
        try:
            return self._store.facts.find(Identity) != self._identity
        except StoreError:
            return False

    def close(self) -> None:
        """Let go of the store and the connection."""
        if self._client is not None:
            self._client[1].close()
            self._client = None
        self._forget_store()

    def _drain(self) -> Receipt:
        misfits = 0
        exchanges = 0
        while True:
            exchanges += 1
            store = self._open()
            identity = self._identity = store.facts.identity()
            hello, lines = self._prepare(store, identity)
            reply = self._exchange(identity, hello, lines)
            if reply is None:
                continue
            self._barred = ""
            if not self._take_in(store, identity, hello, lines, reply):
                misfits += 1
                if misfits > _MAX_MISFITS:
                    raise WireError("the office's head does not fit our journal, again and again")
            elif self._is_drained(store, hello, lines, reply.receipt) or exchanges >= _MAX_EXCHANGES:
                return reply.receipt

    def _prepare(self, store: Store, identity: Identity) -> tuple[Hello, list[bytes]]:
        now = self._clock.now()
        hello = Hello(
            v=VERSION,
            epoch=identity.epoch,
            install=self._install,
            acked=store.journal.acked(identity.epoch),
            cursor=store.facts.cursor(),
            sent_at=now,
            health=health_of(store, self._data, now),
        )
        if self._barred == identity.epoch:
            return hello, []
        return hello, store.journal.pending(identity.epoch, self._batch.size, MAX_BATCH_BYTES)

    def _exchange(self, identity: Identity, hello: Hello, lines: list[bytes]) -> Reply | None:
        """One exchange; None if the batch was too large and shall be tried smaller."""
        signer = Signer(identity.station, self._keys.load(identity.key))
        started_s = self._clock.elapsed_s()
        try:
            reply = self._office(identity.office).exchange(signer, hello, lines, self._office_time)
        except BatchTooLarge:
            if len(lines) <= 1:
                raise
            self._batch.halve(len(lines))
            return None
        except OfficeUnreachable:
            # On a line this bad a smaller batch may get through.
            self._batch.halve(len(lines), least=LEAST)
            raise
        except (StationRevoked, StationCloned):
            self._barred = identity.epoch
            raise
        self._batch.took(len(lines), self._clock.elapsed_s() - started_s)
        return reply

    def _take_in(self, store: Store, identity: Identity, hello: Hello, lines: list[bytes], reply: Reply) -> bool:
        """Write down one reply; False if the journal had to be rewound or opened anew."""
        receipt, epoch = reply.receipt, hello.epoch
        self._note_clock(receipt)
        sent = range(hello.acked + 1, hello.acked + 1 + len(lines))
        results = [result for result in receipt.results if result.seq in sent]
        fork = min((result.seq for result in results if result.status == "fork"), default=0)
        # Never past what was sent: an event committed meanwhile may lie below the head of a forked journal.
        known = min(receipt.head, sent.stop - 1, fork - 1 if fork else receipt.head)
        results = [result for result in results if result.seq <= known]
        if not store.absorb(epoch, known, results, reply.published, receipt.cursor):
            logger.info("agent: enrolled anew during an exchange")
            return False
        if fork or receipt.head > store.journal.top(epoch):
            logger.warning("agent: journal forked at %s, head %s; opening a new epoch", fork or "none", receipt.head)
            store.journal.open_epoch(make_epoch(), identity)
            return False
        if receipt.head < hello.acked:
            count = store.journal.rewind(epoch, max(receipt.head, 0))
            logger.warning("agent: the office forgot what followed %s; sending %s events again", receipt.head, count)
            return False
        return True

    def _is_drained(self, store: Store, hello: Hello, lines: list[bytes], receipt: Receipt) -> bool:
        epoch = store.facts.identity().epoch
        pulled = receipt.cursor != hello.cursor
        if receipt.more and not pulled:
            raise WireError("more documents promised, but the cursor stands still")
        if lines and epoch == hello.epoch and store.journal.acked(epoch) <= hello.acked and not pulled:
            raise WireError("nothing of what was sent was stored")
        return not receipt.more and not store.journal.pending(epoch, 1, 0)

    def _succeeded(self, receipt: Receipt) -> float:
        if self._logged:
            logger.info("agent: all is well again")
        self._failures, self._logged = 0, ""
        period_s = bounded_period(receipt.next_sync_s)
        self._put_line(replace(self._line, last_success=self._clock.now(), next_sync_s=period_s, failing=""))
        return until_phase(self._office_time(), period_s, phase_of(self._install))

    def _failed(self, fault: SyncError) -> float:
        self._failures += 1
        if self._logged != fault.code:
            # Once, not every minute for a month without a line.
            logger.warning("agent: %s (%s)", fault, fault.__cause__ or "no further cause")
            self._logged = fault.code
        if isinstance(fault, StoreError):
            self._forget_store()
            if isinstance(fault, NotEnrolled | StoreDamaged):
                return _ENROLMENT_POLL_S
        else:
            self._put_line(replace(self._line, failing=fault.code))
        retry_after_s = fault.retry_after_s if isinstance(fault, OfficeBusy) else 0.0
        # Before the first success no period is known, and a technician may stand and wait.
        period_s = bounded_period(self._line.next_sync_s) if self._line.last_success else FIRST_PERIOD_S
        return after_failure(period_s, self._failures, retry_after_s, self._random)

    def _put_line(self, line: Standing) -> None:
        self._line = line
        try:
            self._open().facts.put(line)
        except StoreError as fault:
            logger.warning("agent: cannot note how the line is: %s", fault)
            self._forget_store()

    def _note_clock(self, receipt: Receipt) -> None:
        offset_s = (receipt.server_time - self._clock.now()).total_seconds()
        self._line = replace(self._line, clock_offset_s=offset_s if abs(offset_s) > _OFFSET_NOISE_S else 0.0)

    def _office_time(self) -> datetime:
        try:
            return self._clock.now() + timedelta(seconds=self._line.clock_offset_s)
        except OverflowError:
            return self._clock.now()

    def _office(self, address: str) -> OfficeClient:
        if self._client is None or self._client[0] != address:
            if self._client is not None:
                self._client[1].close()
            self._client = address, self._connect(address)
        return self._client[1]

    def _open(self) -> Store:
        if self._store is None:
            self._store = Store.open(store_path(self._data), busy_timeout_s=self._busy_timeout_s)
            self._line = self._store.facts.find(Standing) or self._line
        return self._store

    def _forget_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            try:
                store.close()
            except StoreError as fault:
                logger.warning("agent: store did not close: %s", fault)
