"""What a station's door is asked and answers; no web framework stands between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from typing import Final, NamedTuple

from django.conf import settings
from django.utils import timezone

from sync.central.core.exchange.queries import find_key
from sync.central.core.models import Station
from sync.central.core.refusals import Refused
from sync.protocol import wire
from sync.protocol.errors import SignatureRefused
from sync.protocol.signatures import Signed, verify

JSON: Final = "application/json"
_ENROL_PAUSE_S: Final = 900
_random = SystemRandom()


class Request(NamedTuple):
    """One request, its body whole; the names of the headers are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    visitor: str = ""       # the address it came from


class FilePart(NamedTuple):
    """A piece of a file, to be sent without holding it in memory."""

    path: Path
    start: int
    size: int


class Response(NamedTuple):
    """One answer; `headers` are beyond type and length."""

    status: int
    body: bytes | FilePart
    content_type: str = JSON
    headers: Mapping[str, str] = {}

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.body.size if isinstance(self.body, FilePart) else len(self.body)


def refusal(reason: str) -> Response:
    """The answer that says why not, and for how long not to ask again."""
    refused = Refused(reason)
    versions = (wire.OLDEST_VERSION, wire.VERSION) if reason == "version" else None
    body = wire.encode(wire.Refusal(reason, refused.words, timezone.now(), versions))
    headers = {"Cache-Control": "no-store"}
    if refused.status in {429, 503}:
        headers["Retry-After"] = str(_ENROL_PAUSE_S if reason == "enrol-rate" else _pause_s())
    return Response(refused.status, body, headers=headers)


def _pause_s() -> int:
    # Spread over a whole period, so that those who are sent away together do not come back together.
    period_s = settings.YIZHAN_SYNC_PERIOD_S
    return round(_random.uniform(period_s / 2, period_s * 3 / 2)) or 1


def signed_by(request: Request) -> Signed:
    """Which station sent this; raises Refused. Whether it may, and whether it did before, is not asked here."""
    url = f"http://office{request.path}" + (f"?{request.query}" if request.query else "")
    try:
        return verify(
            request.method, url, request.headers, request.body, find_key=_find_public_key, now=timezone.now()
        )
    except SignatureRefused as cause:
        raise Refused(cause.reason) from cause


def visitor_of(request: Request) -> Station:
    """The station that asks for what is the same when it is asked again, so that its nonce is not spent."""
    signed = signed_by(request)
    station = Station.objects.filter(id=signed.key_id).first()
    if station is None or station.revoked_at is not None:
        raise Refused("revoked")
    return station


def _find_public_key(station_id: str) -> bytes | None:
    # A revoked station still has one, and is told so.
    return bytes.fromhex(find_key(station_id)) or None
