"""The only HTTP on the station: enrolment, exchange, files, questions. Whatever comes back is ours or a SyncError."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Final, NamedTuple, NoReturn, Protocol, TypeVar
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
    VERSION,
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
from sync.station.errors import (
    BatchTooLarge,
    ClockWrong,
    CodeRefused,
    FileUnusable,
    LineTooSlow,
    NonceUsed,
    OfficeBusy,
    OfficeRefused,
    OfficeTooOld,
    OfficeUnreachable,
    OfficeUntrusted,
    StationCloned,
    StationRevoked,
    StationTooOld,
)

from .address import check_address, is_loopback
from .pauses import retry_after_s

_CONNECT_S: Final = 10.0
_SILENCE_S: Final = 30.0
_FILE_SILENCE_S: Final = 10.0   # a file is resumed; it must not make the next exchange late
_WHOLE_S: Final = 600.0     # a page of documents on the slowest line
_MAX_REFUSAL_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_BUSY: Final = frozenset({425, 429})
_LOGIN_WANTED: Final = 511      # a captive portal that knows the standards
_REFUSALS: Final[dict[str, type[OfficeRefused]]] = {
    "revoked": StationRevoked,
    "cloned": StationCloned,
    "enrol-code": CodeRefused,
    "replayed": NonceUsed,
}
logger = logging.getLogger(__name__)
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-")


class Reply(NamedTuple):
    """What the office said in one exchange."""

    receipt: Receipt
    published: list[Published]


class Signer(NamedTuple):
    """Who signs: the key, and the name the office knows it by."""

    station: str
    key: Ed25519PrivateKey


class Part(Protocol):
    """A file of which a part may be here already."""

    @property
    def size(self) -> int:
        """Bytes that are here."""
        ...

    def begin_at(self, start: int) -> None:
        """What is written now follows these many bytes; 0 if the office sends it from the beginning."""

    def write(self, chunk: bytes) -> None:
        """The next bytes."""

    def wants_more(self) -> bool:
        """Whether to go on reading."""
        ...


class OfficeClient:
    """Talks to one office; one request at a time, no redirects, no cookies, replies bounded in size and time."""

    def __init__(
        self, office: str, *, connect_s: float = _CONNECT_S, silence_s: float = _SILENCE_S, whole_s: float = _WHOLE_S
    ) -> None:
        self._office = check_address(office)
        self._connect_s, self._silence_s, self._whole_s = connect_s, silence_s, whole_s
        self._session = requests.Session()
        # Every header costs 200,000 stations its bytes each minute.
        self._session.headers.clear()
        self._session.trust_env = not is_loopback(urlsplit(self._office).hostname or "")
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade a one-time code for a station; raises CodeRefused and every other SyncError."""
        headers = {"Content-Type": "application/json"}
        return decode(EnrolReply, self._send("POST", ENROL_PATH, encode(request), headers, _MAX_REFUSAL_BYTES))

    def greet(self) -> None:
        """Whether an office answers at this address, and as one; raises every SyncError."""
        try:
            self._send("GET", ENROL_PATH, b"", {}, _MAX_REFUSAL_BYTES)
        except OfficeRefused as refused:
            if refused.detail == "method":  # only ours says so in these words
                return
            raise
        raise WireError("enrolment answers to anybody")

    def exchange(self, signer: Signer, hello: Hello, lines: Sequence[bytes], now: Callable[[], datetime]) -> Reply:
        """Push, pull and heartbeat; signed again once if the office says our clock is wrong."""
        body = pack(hello, lines)
        headers = {"Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"}
        answer = _signed_anew_once(
            lambda created: self._send(
                "POST", SYNC_PATH, body, headers | self._sign(signer, "POST", SYNC_PATH, body, created), MAX_BODY_BYTES
            ), now,
        )
        receipt, found = unpack(answer, Receipt)
        return Reply(receipt, list(readable(found)))

    def ask(self, signer: Signer, method: str, path: str, body: bytes, now: Callable[[], datetime]) -> bytes:
        """What a door of the office answers to one small question in JSON; raises every SyncError."""

        def send(created: datetime) -> bytes:
            headers = {"Content-Type": "application/json"} | self._sign(signer, method, path, body, created)
            return self._send(method, path, body, headers, _MAX_REFUSAL_BYTES)

        return _signed_anew_once(send, now)

    def get_file(self, signer: Signer, path: str, part: Part, now: Callable[[], datetime]) -> None:
        """Write what of a file is still missing into its part; raises FileUnusable and every other SyncError.

        It comes back when the part has enough of it.
        """
        _signed_anew_once(lambda created: self._get(signer, path, part, created), now)

    def _get(self, signer: Signer, path: str, part: Part, created: datetime) -> None:
        headers = self._sign(signer, "GET", path, b"", created)
        if part.size:
            headers["Range"] = f"bytes={part.size}-"
        with self._asked("GET", path, b"", headers, _FILE_SILENCE_S) as response:
            if response.status_code not in {200, 206}:
                _refuse_file(response, time.monotonic() + self._whole_s)
            start = _first_byte_of(response)
            if start not in {0, part.size}:
                raise FileUnusable(f"asked for byte {part.size}, got {start}")
            part.begin_at(start)
            while part.wants_more() and (chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False)):
                part.write(chunk)
            if part.wants_more():
                raise OfficeUnreachable("文件没传完就断了")

    def _sign(self, signer: Signer, method: str, path: str, body: bytes, created: datetime) -> dict[str, str]:
        return sign(
            signer.key, signer.station, method, self._office + path, body,
            created=created, nonce=secrets.token_urlsafe(12),
        )

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str], limit: int) -> bytes:
        deadline = time.monotonic() + self._whole_s
        with self._asked(method, path, body, headers, self._silence_s) as response:
            if response.status_code != 200:
                _refuse(response, deadline)
            return _read(response, limit, deadline)

    @contextmanager
    def _asked(
        self, method: str, path: str, body: bytes, headers: dict[str, str], silence_s: float
    ) -> Generator[requests.Response]:
        # The body is gzip by itself: nobody on the way shall pack it a second time.
        headers = {**headers, "Accept-Encoding": "identity", "User-Agent": "yizhan"}
        try:
            with self._session.request(
                method, self._office + path, data=body or None, headers=headers,
                timeout=(self._connect_s, silence_s), allow_redirects=False, stream=True,
            ) as response:
                yield response
        except requests.exceptions.SSLError as cause:
            raise OfficeUntrusted(type(cause).__name__) from cause
        except (requests.RequestException, HTTPError, OSError, ValueError) as cause:
            raise OfficeUnreachable(type(cause).__name__) from cause


def readable(lines: Iterable[bytes]) -> Iterator[Published]:
    """The documents of these lines; one that cannot be read must not hold up the others, nor our events."""
    left_out = 0
    for line in lines:
        try:
            yield decode_published(line)
        except WireError:
            left_out += 1
    if left_out:
        logger.warning("office: %s documents cannot be read and are left out", left_out)


T = TypeVar("T")


def _signed_anew_once(ask: Callable[[datetime], T], now: Callable[[], datetime]) -> T:
    """Ask; once more if the office says that the signature's time was wrong, by its clock, or its nonce used."""
    try:
        return ask(now())
    except ClockWrong as fault:
        if fault.server_time is None:
            raise
        return ask(fault.server_time)
    except NonceUsed:
        return ask(now())


def _first_byte_of(response: requests.Response) -> int:
    """Which byte of the file the body begins with, -1 if it does not say."""
    if response.status_code == 200:
        return 0
    found = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _read(response: requests.Response, limit: int, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"回复超过 {limit} 字节")
        if time.monotonic() > deadline:
            raise OfficeUnreachable("回复传得太慢")
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and int(promised) != len(body):
        raise OfficeUnreachable("回复没传完就断了")
    return bytes(body)


def _refuse(response: requests.Response, deadline: float) -> NoReturn:
    status = response.status_code
    if status == 408:
        raise LineTooSlow(f"HTTP {status}", retry_after_s(response.headers))
    if status in _BUSY or (status >= 500 and status != _LOGIN_WANTED):
        raise OfficeBusy(f"HTTP {status}", retry_after_s(response.headers))
    if status == 413:
        raise BatchTooLarge(f"HTTP {status}")
    if not 400 <= status < 500:
        raise WireError(f"HTTP {status}")
    # Only a refusal in the protocol's own words counts: a firewall's 403 revokes nobody.
    refusal = decode(Refusal, _read(response, _MAX_REFUSAL_BYTES, deadline))
    server_time = refusal.server_time
    if refusal.code == "version" and refusal.versions is not None:
        # Both tell the oldest they speak: whose newest is below the other's oldest is the one to update.
        raise (StationTooOld if refusal.versions[0] > VERSION else OfficeTooOld)(f"{refusal.versions}")
    if refusal.code == "clock":
        raise ClockWrong("", server_time if server_time is not None and server_time.tzinfo is not None else None)
    raise _REFUSALS.get(refusal.code, OfficeRefused)(refusal.code[:64])


def _refuse_file(response: requests.Response, deadline: float) -> NoReturn:
    if response.status_code == 416:
        raise FileUnusable("HTTP 416")
    try:
        _refuse(response, deadline)
    except OfficeRefused as fault:
        if fault.detail == "not-found":
            raise FileUnusable(fault.detail) from fault
        raise
