"""One exchange with a station: push, pull and heartbeat in one transaction. Knows no HTTP."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.conf import settings
from django.db import transaction

from sync.protocol.signatures import Signed
from sync.protocol.wire import CLOCK_SKEW_S, MAX_EVENTS, VERSION, Health, Hello, Receipt

from .arrivals import clock_offset_s, read_lines
from .ingest import ingest
from .models import Journal, Nonce, Station
from .projector import ring
from .pulling import pull
from .refusals import Refused

_SKEW: Final = timedelta(seconds=CLOCK_SKEW_S)
_MAX_COUNT: Final = 2**53
logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """A receipt and the documents that go with it, each as its wire line."""

    receipt: Receipt
    documents: list[bytes]


def find_public_key(station_id: str) -> bytes | None:
    """The key a station was enrolled with; a revoked station still has one, and is told so."""
    station = Station.objects.filter(pk=station_id).first()
    return bytes.fromhex(station.public_key) if station is not None and station.public_key else None


def exchange(signed: Signed, hello: Hello, lines: list[bytes], now: datetime) -> Answer:
    """Take a station's events and give it its documents; raises Refused."""
    _check_hello(hello, len(lines))
    arrivals = read_lines(lines)
    with transaction.atomic():
        # no_key: the projector's rows refer to the station, and must not wait for this while this waits for them.
        station = Station.objects.select_for_update(no_key=True).get(pk=signed.key_id)
        _admit(station, signed, hello, now)
        journal, _ = Journal.objects.get_or_create(station=station, epoch=hello.epoch, defaults={"opened_at": now})
        offset_s = clock_offset_s(hello.sent_at, now)
        taken = ingest(journal, arrivals, hello.acked, offset_s, now)
        _note_health(station, hello.health, len(taken.results) + taken.stored, offset_s, now)
        page = pull(station, hello.cursor, hello.floors)
        if taken.stored:
            transaction.on_commit(ring)
    receipt = Receipt(
        head=journal.head,
        server_time=now,
        next_sync_s=settings.YIZHAN_SYNC_PERIOD_S,
        cursor=page.cursor,
        more=page.more,
        results=tuple(taken.results),
        restart=page.restart,
    )
    return Answer(receipt, page.documents)


def _check_hello(hello: Hello, line_count: int) -> None:
    if hello.v != VERSION:
        raise Refused("version", f"{hello.v}")
    if line_count > MAX_EVENTS:
        raise Refused("too-large", f"{line_count} events")
    names = (hello.epoch, hello.install)
    if not all(0 < len(name) <= 64 and name.isascii() and name.isprintable() for name in names):
        raise Refused("header")


def _admit(station: Station, signed: Signed, hello: Hello, now: datetime) -> None:
    """Let in a station once per nonce; raises Refused. The nonce is kept only if all goes well."""
    if station.revoked_at is not None:
        raise Refused("revoked", station.id)
    if station.install != hello.install:
        logger.warning("station %s: another installation uses its key", station.id)
        raise Refused("cloned", station.id)
    Nonce.objects.filter(station=station, expires_at__lt=now).delete()
    _, is_new = Nonce.objects.get_or_create(
        station=station, nonce=signed.nonce, defaults={"expires_at": signed.created + _SKEW}
    )
    if not is_new:
        raise Refused("replayed", station.id)


def _note_health(station: Station, health: Health, settled: int, offset_s: float, now: datetime) -> None:
    """`settled` of the events that waited when the station counted have just been dealt with."""
    station.last_sync_at = now
    station.clock_offset_s = offset_s
    station.pending = _count(health.pending - settled)
    station.rejected = _count(health.rejected)
    station.free_mb = _count(health.free_mb)
    station.version = health.version.replace("\0", "")[:64]
    station.faults = [fault.replace("\0", "")[:64] for fault in health.faults[:32]]
    station.save(update_fields=[
        "last_sync_at", "clock_offset_s", "pending", "rejected", "free_mb", "version", "faults",
    ])


def _count(value: int) -> int:
    return min(max(value, 0), _MAX_COUNT)
