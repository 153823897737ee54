"""One exchange with a station: push and heartbeat in one transaction, then pull. Knows no HTTP."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.conf import settings
from django.db import transaction

from sync.central.core.models import Station
from sync.central.core.projecting.projector import ring
from sync.central.core.publishing.pulling import pull
from sync.central.core.refusals import Refused
from sync.protocol.limits import as_key
from sync.protocol.signatures import Signed
from sync.protocol.wire import CLOCK_SKEW_S, MAX_EVENTS, MAX_SPAN, OLDEST_VERSION, VERSION, Health, Hello, Receipt

from .arrivals import Offsets, clock_offset_s, read_lines
from .comparing import digests_of
from .ingest import ingest
from .queries import Visitor, forget_nonces, lock_station, note_visit, open_journal, spend_nonce

_SKEW: Final = timedelta(seconds=CLOCK_SKEW_S)
_FORGET_EACH: Final = 8     # exchanges, about; they are few, and nobody is hurt by those that are kept longer
_MAX_COUNT: Final = 2**53
logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """A receipt and the documents that go with it, each as its wire line."""

    receipt: Receipt
    documents: list[bytes]


def exchange(signed: Signed, hello: Hello, lines: list[bytes], now: datetime) -> Answer:
    """Take a station's events and give it its documents; raises Refused."""
    _check_hello(hello, len(lines))
    arrivals = read_lines(lines)
    offset_s = clock_offset_s(hello.sent_at, signed.created, now)
    with transaction.atomic():
        station = _admit(signed, hello, now)
        taken = ingest(station.journal, arrivals, hello.acked, Offsets(offset_s, hello.slips), now)
        note_visit(station.id, _settled(hello.health, len(taken.results) + taken.stored), offset_s, now)
        if taken.stored:
            transaction.on_commit(ring)
    # What comes down is read when nobody waits for this station any more.
    page = pull(Station(id=station.id, region=station.region), hello.cursor, hello.floors)
    receipt = Receipt(
        head=taken.head,
        server_time=now,
        next_sync_s=settings.YIZHAN_SYNC_PERIOD_S,
        cursor=page.cursor,
        more=page.more,
        results=tuple(taken.results),
        restart=page.restart,
        spans=digests_of(station.journal.id, hello.spans),
    )
    return Answer(receipt, page.documents)


def _check_hello(hello: Hello, line_count: int) -> None:
    if not OLDEST_VERSION <= hello.v <= VERSION:
        raise Refused("version", f"{hello.v}")
    if line_count > MAX_EVENTS:
        raise Refused("too-large", f"{line_count} events")
    if any(not 0 <= last - first < MAX_SPAN for first, last in hello.spans):
        raise Refused("header", "a span is too long")


def _admit(signed: Signed, hello: Hello, now: datetime) -> Visitor:
    """Let in a station once per nonce and lock it; raises Refused. The nonce is kept only if all goes well."""
    station = lock_station(signed.key_id, hello.epoch)
    if station is None:
        open_journal(signed.key_id, hello.epoch, now)
        station = lock_station(signed.key_id, hello.epoch)
    if station is None or station.public_key != signed.public_key:
        raise Refused("bad-signature", "enrolled anew since")
    if station.revoked_at is not None:
        raise Refused("revoked", station.id)
    if station.install != hello.install:
        logger.warning("station %s: another installation uses its key", station.id)
        raise Refused("cloned", station.id)
    if not spend_nonce(station.id, signed.nonce, signed.created + _SKEW):
        raise Refused("replayed", station.id)
    if now.microsecond % _FORGET_EACH == 0:
        forget_nonces(station.id, now)
    return station


def _settled(health: Health, settled: int) -> Health:
    """What the station says of itself, within bounds; of the events that waited, `settled` have been dealt with."""
    return Health(
        version=as_key(health.version),
        pending=_count(health.pending - settled),
        rejected=_count(health.rejected),
        free_mb=_count(health.free_mb),
        faults=tuple(as_key(fault) for fault in health.faults[:32]),
    )


def _count(value: int) -> int:
    return min(max(value, 0), _MAX_COUNT)
