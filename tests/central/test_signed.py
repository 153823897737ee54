"""Who an exchange comes from: signatures, nonces, keys that were replaced or revoked, and disks that were cloned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from sync.central.core.enrolment import revoke
from sync.central.core.exchange.exchange import exchange
from sync.central.core.models import Event, Nonce
from sync.central.core.refusals import Refused
from sync.protocol import wire
from sync.protocol.signatures import Signed

from .conftest import on_both_databases, post
from .fake_station import FakeStation
from .test_sync import CHECKIN, seqs

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_a_replayed_request_stores_nothing(station: FakeStation) -> None:
    body = station.body([station.line(CHECKIN)])
    headers = station.signed(body)
    assert station.send(body, headers).status == 200
    reply = station.send(body, headers)
    assert (reply.status, reply.refusal.code) == (401, "replayed")
    assert seqs() == [1]


def test_nonces_are_forgotten_now_and_then_once_they_are_too_old_to_be_replayed(station: FakeStation) -> None:
    for microsecond in (1, 8):
        with time_machine.travel(datetime.now(UTC).replace(microsecond=microsecond), tick=False):
            Nonce.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
            station.sync()
    assert Nonce.objects.count() == 1


def test_requests_without_a_good_signature_store_nothing(station: FakeStation) -> None:
    body = station.body([station.line(CHECKIN)])
    good = station.signed(body)
    stranger = FakeStation(post, "999999-99")
    forger = FakeStation(post)
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "unsigned"),
        ({**good, "Content-Digest": "sha-256=:AAAA:"}, "bad-signature"),
        ({**good, "Signature": "sig=:AAAA:"}, "bad-signature"),
        ({**good, "Signature-Input": "nonsense((("}, "bad-signature"),
        ({**good, "Signature": "x" * 5_000}, "bad-signature"),
        (station.signed(b"another body"), "bad-signature"),
        (forger.signed(body), "bad-signature"),
        (stranger.signed(body), "bad-signature"),
        (station.signed(body, nonce="short"), "bad-signature"),
    ]
    for headers, code in cases:
        reply = station.send(body, headers)
        assert (reply.status, reply.refusal.code) == (401, code)
    assert not Event.objects.exists()


def test_a_key_that_was_replaced_since_it_was_looked_up_is_refused(station: FakeStation) -> None:
    now = datetime.now(UTC)
    hello = wire.unpack(station.body(), wire.Hello)[0]
    with pytest.raises(Refused) as refused:
        exchange(Signed(station.id, now, "nonce-123", "00" * 32), hello, [station.line(CHECKIN)], now)
    assert refused.value.reason == "bad-signature"
    assert not Event.objects.exists()


def test_a_wrong_clock_gets_the_right_time(station: FakeStation) -> None:
    body = station.body()
    reply = station.send(body, station.signed(body, created=datetime.now(UTC) - timedelta(seconds=400)))
    assert (reply.status, reply.refusal.code) == (401, "clock")
    assert reply.refusal.server_time is not None
    assert station.send(body, station.signed(body, created=reply.refusal.server_time)).status == 200


def test_a_revoked_station_is_told_so_and_stores_nothing(station: FakeStation) -> None:
    revoke(station.id, datetime.now(UTC))
    reply = station.sync([station.line(CHECKIN)])
    assert (reply.status, reply.refusal.code) == (403, "revoked")
    assert not Event.objects.exists()


def test_a_cloned_disk_is_told_so(station: FakeStation) -> None:
    reply = station.sync([station.line(CHECKIN)], install="install-2")
    assert (reply.status, reply.refusal.code) == (409, "cloned")
    assert not Event.objects.exists()
