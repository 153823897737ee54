"""The only HTTP on the station: enrolment and the exchange. Whatever comes back is ours or a SyncError."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from urllib3.exceptions import HTTPError

from sync.protocol.errors import TooLarge, WireError
from sync.protocol.signatures import sign
from sync.protocol.wire import (
    CONTENT_TYPE,
    ENROL_PATH,
    MAX_BODY_BYTES,
    SYNC_PATH,
    EnrolReply,
    EnrolRequest,
    Hello,
    Published,
    Receipt,
    Refusal,
    decode,
    decode_published,
    encode,
    pack,
    unpack,
)

from .errors import (
    AddressRefused,
    BatchTooLarge,
    ClockWrong,
    CodeRefused,
    OfficeBusy,
    OfficeRefused,
    OfficeUnreachable,
    OfficeUntrusted,
    StationCloned,
    StationRevoked,
)

_CONNECT_S: Final = 10.0
_SILENCE_S: Final = 30.0
_WHOLE_S: Final = 180.0
_MAX_REFUSAL_BYTES: Final = 16 * 1024
_MAX_RETRY_AFTER_S: Final = 86_400.0
_CHUNK_BYTES: Final = 64 * 1024
_BUSY: Final = frozenset({408, 425, 429})
_REFUSALS: Final[dict[str, type[OfficeRefused]]] = {
    "revoked": StationRevoked,
    "cloned": StationCloned,
    "enrol-code": CodeRefused,
}


class Reply(NamedTuple):
    """What the office said in one exchange."""

    receipt: Receipt
    published: list[Published]


class Signer(NamedTuple):
    """Who signs: the key, and the name the office knows it by."""

    station: str
    key: Ed25519PrivateKey


class OfficeClient:
    """Talks to one office; one request at a time, no redirects, no cookies, replies bounded in size and time."""

    def __init__(
        self, office: str, *, connect_s: float = _CONNECT_S, silence_s: float = _SILENCE_S, whole_s: float = _WHOLE_S
    ) -> None:
        self._office = check_address(office)
        self._timeout = (connect_s, silence_s)
        self._whole_s = whole_s
        self._session = requests.Session()
        self._session.trust_env = not _is_loopback(urlsplit(self._office).hostname or "")
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade a one-time code for a station; raises CodeRefused and every other SyncError."""
        body = self._post(ENROL_PATH, encode(request), {"Content-Type": "application/json"}, _MAX_REFUSAL_BYTES)
        return decode(EnrolReply, body)

    def exchange(self, signer: Signer, hello: Hello, lines: Sequence[bytes], now: Callable[[], datetime]) -> Reply:
        """Push, pull and heartbeat; signed again once if the office says our clock is wrong."""
        body = pack(hello, lines)
        try:
            answer = self._post_signed(signer, body, now())
        except ClockWrong as fault:
            if fault.server_time is None:
                raise
            answer = self._post_signed(signer, body, fault.server_time)
        receipt, found = unpack(answer, Receipt)
        return Reply(receipt, [decode_published(line) for line in found])

    def _post_signed(self, signer: Signer, body: bytes, created: datetime) -> bytes:
        signature = sign(
            signer.key, signer.station, "POST", self._office + SYNC_PATH, body,
            created=created, nonce=secrets.token_urlsafe(12),
        )
        headers = {**signature, "Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"}
        return self._post(SYNC_PATH, body, headers, MAX_BODY_BYTES)

    def _post(self, path: str, body: bytes, headers: dict[str, str], limit: int) -> bytes:
        # The body is gzip by itself: nobody on the way shall pack it a second time.
        headers = {**headers, "Accept-Encoding": "identity", "User-Agent": "yizhan-agent"}
        deadline = time.monotonic() + self._whole_s
        try:
            with self._session.post(
                self._office + path, data=body, headers=headers,
                timeout=self._timeout, allow_redirects=False, stream=True,
            ) as response:
                if response.status_code == 200:
                    return _read(response, limit, deadline)
                _refuse(response, deadline)
        except requests.exceptions.SSLError as cause:
            raise OfficeUntrusted(type(cause).__name__) from cause
        except (requests.RequestException, HTTPError, OSError, ValueError) as cause:
            raise OfficeUnreachable(type(cause).__name__) from cause


def check_address(office: str) -> str:
    """The office's base address without a slash at its end; raises AddressRefused."""
    try:
        parts = urlsplit(office.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError as cause:
        raise AddressRefused("not an address") from cause
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise AddressRefused("not an address")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise AddressRefused(f"{parts.scheme or 'no scheme'} is not https")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(response: requests.Response, limit: int, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"reply over {limit} bytes")
        if time.monotonic() > deadline:
            raise OfficeUnreachable("reply comes too slowly")
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and int(promised) != len(body):
        raise OfficeUnreachable("reply was cut off")
    return bytes(body)


def _refuse(response: requests.Response, deadline: float) -> NoReturn:
    status = response.status_code
    if status in _BUSY or status >= 500:
        raise OfficeBusy(f"status {status}", _retry_after_s(response))
    if status == 413:
        raise BatchTooLarge(f"status {status}")
    if not 400 <= status < 500:
        raise WireError(f"status {status}")
    # Only a refusal in the protocol's own words counts: a firewall's 403 revokes nobody.
    refusal = decode(Refusal, _read(response, _MAX_REFUSAL_BYTES, deadline))
    server_time = refusal.server_time
    if refusal.code == "clock":
        raise ClockWrong("", server_time if server_time is not None and server_time.tzinfo is not None else None)
    raise _REFUSALS.get(refusal.code, OfficeRefused)(refusal.code[:64])


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _MAX_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(text)
        now = parsedate_to_datetime(response.headers["Date"]) if "Date" in response.headers else datetime.now(UTC)
        return min(max((at - now).total_seconds(), 0.0), _MAX_RETRY_AFTER_S)
    except (ValueError, TypeError, OverflowError):
        return 0.0
