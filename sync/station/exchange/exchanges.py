"""Exchanges with the office, one after the other, until both sides are drained.

Nothing is held that is not in the store, so it may be killed at any moment: what was not known to
be stored is sent again, and the office knows it by (station, epoch, seq).
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from sync.protocol.errors import WireError
from sync.protocol.wire import MAX_SLIPS, VERSION, Health, Hello, Receipt, Spans
from sync.station.clock import Clock
from sync.station.errors import (
    BatchTooLarge,
    EnrolledAnew,
    LineTooSlow,
    OfficeUnreachable,
    StationCloned,
    StationRevoked,
)
from sync.station.facts import Identity
from sync.station.health import health_of
from sync.station.identity import Keys, make_epoch
from sync.station.store import Store

from .batch import LEAST, MAX_BATCH_BYTES, Batch
from .client import OfficeClient, Reply, Signer
from .comparing import take_back
from .fetching import Fetch
from .restart import forget_files, get_snapshots, start_again
from .schedule import bounded_period, is_proof_due, later, phase_of

_MAX_EXCHANGES: Final = 5_000   # in one turn; an office that always has more must not hold us for ever
_MAX_MISFITS: Final = 4
_MAX_LISTENS: Final = 2         # in one turn; an office whose own clock is nonsense gets our events all the same
_OFFSET_NOISE_S: Final = 5.0    # less matters to nobody
logger = logging.getLogger(__name__)


class Drained(NamedTuple):
    """How a turn ended: the last receipt, the health that was told, and whether all is through."""

    receipt: Receipt
    health: Health
    is_synced: bool


class Exchanges:
    """Pushes, pulls and starts again; `step` is what is being done, `offset_s` the office's clock less ours."""

    def __init__(self, data: Path, clock: Clock, connect: Callable[[str], OfficeClient], install: str) -> None:
        self.step = "store"
        self.offset_s = 0.0
        self.identity: Identity | None = None
        self.batch = Batch()
        self._data = data
        self._snapshots = data / "snapshots"
        self._clock = clock
        self._connect = connect
        self._install = install
        self._keys = Keys(data)
        self._client: tuple[str, OfficeClient] | None = None
        self._asked_s = 0.0
        self._listens = _MAX_LISTENS
        self._barred = ""   # the epoch the office refused as revoked or cloned

    def drain(self, store: Store) -> Drained:
        """Exchange until nothing waits on either side; raises SyncError."""
        self.step = "store"
        health = health_of(store, self._data, store.journal.now(self._clock))
        misfits, self._listens = 0, _MAX_LISTENS
        for count in itertools.count(1):
            try:
                identity = self.identity = store.facts.identity()
                hello, lines = self._prepare(store, identity, health)
                reply = self._exchange(identity, hello, lines)
                if reply is None:
                    continue
                self._barred = ""
                self.step = "store"
                fits = self._take_in(store, identity, hello, lines, reply)
                fits = fits and self._renew(store, identity, hello, reply)
            except EnrolledAnew:
                logger.info("agent: enrolled anew during an exchange")
                continue
            if not fits:
                misfits += 1
                if misfits > _MAX_MISFITS:
                    raise WireError("the office's answers do not fit what we hold, again and again")
                continue
            is_drained = _is_drained(store, hello, lines, reply.receipt)
            if is_drained or count >= _MAX_EXCHANGES:
                return Drained(reply.receipt, hello.health, is_drained)
        raise WireError("unreachable")

    def office_time(self) -> datetime:
        """Now, by the office's clock."""
        return later(self._clock.now(), self.offset_s)

    def fetch(self, identity: Identity, seconds: float) -> Fetch:
        """A slice of time for getting files."""
        until_s = self._clock.elapsed_s() + seconds
        return Fetch(
            self._office(identity.office), self._signer(identity), self.office_time,
            lambda: self._clock.elapsed_s() >= until_s,
        )

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client[1].close()
            self._client = None

    def _prepare(self, store: Store, identity: Identity, health: Health) -> tuple[Hello, list[bytes]]:
        now, self._asked_s = self._clock.now(), self._clock.elapsed_s()
        renewal = store.renewals.find()
        is_due = not renewal.is_open and is_proof_due(renewal.proved_at, self.office_time(), phase_of(self._install))
        hello = Hello(
            v=VERSION,
            epoch=identity.epoch,
            install=self._install,
            acked=store.journal.acked(identity.epoch),
            cursor="" if is_due else store.facts.cursor(),
            sent_at=now,
            health=replace(health, pending=store.journal.count("pending"), rejected=store.journal.count("rejected")),
            floors=renewal.floors if renewal.is_open and not renewal.snapshots else {},
        )
        if self._barred == identity.epoch:
            return hello, []
        waiting = store.journal.pending(identity.epoch, self.batch.size, MAX_BATCH_BYTES)
        hello, lines = _with_slips(store, hello, waiting)
        if hello.slips and self._listens and not store.journal.is_proven(self._clock):
            # The office's clock first: then it is known when these really happened.
            self._listens -= 1
            return replace(hello, slips=()), []
        return hello, lines

    def _exchange(self, identity: Identity, hello: Hello, lines: list[bytes]) -> Reply | None:
        """One exchange; None if the batch was too large and shall be tried smaller."""
        started_s = self._clock.elapsed_s()
        try:
            reply = self._send(identity, hello, lines)
        except BatchTooLarge:
            if len(lines) <= 1:
                raise
            self.batch.halve(len(lines))
            return None
        except (OfficeUnreachable, LineTooSlow):
            # On a line this bad a smaller batch may get through.
            self.batch.halve(len(lines), least=LEAST)
            raise
        self.batch.took(len(lines), self._clock.elapsed_s() - started_s)
        return reply

    def _send(self, identity: Identity, hello: Hello, lines: list[bytes]) -> Reply:
        signer = self._signer(identity)
        self.step = "push" if lines else "pull"
        try:
            return self._office(identity.office).exchange(signer, hello, lines, self.office_time)
        except (StationRevoked, StationCloned):
            self._barred = identity.epoch
            raise

    def _take_in(self, store: Store, identity: Identity, hello: Hello, lines: list[bytes], reply: Reply) -> bool:
        """Write down one reply; False if the journal had to be rewound or opened anew."""
        receipt, epoch = reply.receipt, hello.epoch
        took_s = self._clock.elapsed_s() - self._asked_s
        offset_s = _offset_s(self.offset_s, hello.sent_at, self._clock.now(), took_s, receipt.server_time)
        if offset_s is not None:
            self.offset_s = offset_s
            store.journal.prove(self._clock, self.office_time())
        sent = range(hello.acked + 1, hello.acked + 1 + len(lines))
        results = [result for result in receipt.results if result.seq in sent]
        fork = min((result.seq for result in results if result.status == "fork"), default=0)
        # Never past what was sent: an event committed meanwhile may lie below the head of a forked journal.
        known = min(receipt.head, sent.stop - 1, fork - 1 if fork else receipt.head)
        results = [result for result in results if result.seq <= known]
        # The cursor of a restart counts when it's planned; documents with it would be nonsense.
        cursor, published = (hello.cursor, []) if receipt.restart else (receipt.cursor, reply.published)
        at = max(receipt.server_time, self._clock.now())
        is_news = bool(lines or published or cursor != hello.cursor)    # each write wears a memory card
        if is_news and not store.absorb(epoch, known, results, published, cursor, at=at):
            raise EnrolledAnew
        if fork or receipt.head > store.journal.top(epoch):
            logger.warning("agent: journal forked at %s, head %s; opening a new epoch", fork or "none", receipt.head)
            store.journal.open_epoch(make_epoch(), identity)
            return False
        if receipt.head < hello.acked:
            store.renewals.doubt(epoch)
            head = max(receipt.head, 0)
            count = store.journal.rewind(epoch, head)
            logger.warning("agent: the office forgot what followed %s; sending %s events again", head, count)
            if store.journal.acked(epoch) > head:
                # What would close the gap is no longer kept, and the office stores nothing behind a gap.
                store.journal.open_epoch(make_epoch(), identity)
            return False
        return True

    def _renew(self, store: Store, identity: Identity, hello: Hello, reply: Reply) -> bool:
        """Take up a restart, go on with it or end it; False if it is a new one, of which a turn needs few."""
        receipt, epoch = reply.receipt, identity.epoch
        if receipt.restart is not None:
            self.step = "pull"
            if hello.cursor:
                # It was good once: the office went back, or the station was moved.
                store.renewals.doubt(epoch)
            is_new = start_again(store, epoch, receipt.restart, receipt.cursor)
            if store.renewals.find().snapshots:
                self.step = "snapshot"
                fetch = self.fetch(identity, bounded_period(receipt.next_sync_s))
                get_snapshots(store, epoch, fetch, self._snapshots)
            return not is_new
        renewal = store.renewals.find()
        if not hello.cursor and (renewal.is_open or renewal.proved_at is not None):
            # This office names no digests: it gives everything from the beginning, as it always did.
            store.renewals.finish(epoch, None)
        elif renewal.is_open and not receipt.more:
            asking = replace(hello, cursor=receipt.cursor, floors={})
            if not self._look_back(store, identity, asking, is_doubted=renewal.is_doubted):
                return False
            count = store.renewals.sweep(epoch)
            forget_files(self._snapshots)
            store.renewals.finish(epoch, self.office_time())
            logger.info("restart: done, %s stale documents deleted", count)
        return True

    def _look_back(self, store: Store, identity: Identity, hello: Hello, *, is_doubted: bool) -> bool:
        """Ask what of our epochs is stored; False if an office that was restored lacks some of it."""
        def ask(epoch: str, spans: Spans) -> Receipt:
            asking = replace(hello, epoch=epoch, acked=store.journal.top(epoch), spans=spans)
            return self._send(identity, asking, []).receipt

        if not take_back(store.journal, identity, ask, is_doubted=is_doubted):
            return True
        store.journal.open_epoch(make_epoch(), identity)
        return False

    def _signer(self, identity: Identity) -> Signer:
        self.step = "signature"
        return Signer(identity.station, self._keys.load(identity.key))

    def _office(self, address: str) -> OfficeClient:
        if self._client is None or self._client[0] != address:
            self.close()
            self._client = address, self._connect(address)
        return self._client[1]


def _offset_s(
    known_s: float, sent_at: datetime, now: datetime, took_s: float, server_time: datetime
) -> float | None:
    """The office's clock less ours, near what was known before; None if ours was moved meanwhile."""
    if abs((now - sent_at).total_seconds() - took_s) > _OFFSET_NOISE_S:
        return None
    # The office read its clock between our sending and our reading; a slow line is no wrong clock.
    least_s = (server_time - now).total_seconds()
    most_s = max((server_time - sent_at).total_seconds(), least_s)
    offset_s = min(max(known_s, least_s), most_s)
    return offset_s if abs(offset_s) > _OFFSET_NOISE_S else 0.0


def _with_slips(store: Store, hello: Hello, lines: list[bytes]) -> tuple[Hello, list[bytes]]:
    """How wrong the clock was as these were written; the lines as far as a hello can tell of them."""
    slips = store.journal.slips(hello.epoch, hello.acked + 1, hello.acked + len(lines))
    if len(slips) > MAX_SLIPS:
        slips = slips[:MAX_SLIPS]
        lines = lines[: slips[-1][1] - hello.acked]
    return replace(hello, slips=tuple(slips)), lines


def _is_drained(store: Store, hello: Hello, lines: list[bytes], receipt: Receipt) -> bool:
    """Whether nothing waits on either side; raises WireError if the office stands still."""
    if receipt.restart is not None:
        return False
    epoch = store.facts.identity().epoch
    pulled = receipt.cursor != hello.cursor
    if receipt.more and not pulled:
        raise WireError("more documents promised, but the cursor stands still")
    if lines and epoch == hello.epoch and store.journal.acked(epoch) <= hello.acked and not pulled:
        raise WireError("nothing of what was sent was stored")
    return not receipt.more and not store.journal.pending(epoch, 1, 0)
