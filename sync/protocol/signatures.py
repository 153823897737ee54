"""Request signatures after RFC 9421: Ed25519 over method, target, content digest and creation time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import ED25519

from .errors import SignatureRefused
from .wire import CLOCK_SKEW_S

COMPONENTS: Final = ("@method", "@path", "@query", "content-digest")
TAG: Final = "yizhan"
_HEADERS: Final = ("signature", "signature-input", "content-digest")
_MAX_HEADER_CHARS: Final = 2_048


class Signed(msgspec.Struct, frozen=True):
    """Who signed a request, when by their clock, the nonce that makes it unique, and the key that fits."""

    key_id: str
    created: datetime
    nonce: str
    public_key: str     # 64 hex digits


class _Message:
    def __init__(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        self.method = method
        self.url = url
        self.headers = dict(headers)


class _PrivateKey(HTTPSignatureKeyResolver):
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:  # noqa: ANN401, ARG002  # the library's interface
        return self._key


class _PublicKeys(HTTPSignatureKeyResolver):
    def __init__(self, find_key: Callable[[str], bytes | None]) -> None:
        self._find_key = find_key
        self.found = b""
        self.fault: Exception | None = None

    def resolve_public_key(self, key_id: str) -> Any:  # noqa: ANN401
        try:
            # A stranger's name costs as much time as a bad signature, and gets the same answer.
            self.found = self._find_key(key_id) or _key_of_nobody()
        except Exception as fault:
            self.fault = fault  # the library would call it a bad signature
            raise
        return Ed25519PublicKey.from_public_bytes(self.found)


@cache
def _key_of_nobody() -> bytes:
    return Ed25519PrivateKey.generate().public_key().public_bytes_raw()


class _Verifier(HTTPMessageVerifier):
    # Age is judged below, so that a wrong clock gets an answer of its own.
    max_clock_skew = timedelta(days=36_500)


def sign(
    key: Ed25519PrivateKey, key_id: str, method: str, url: str, body: bytes, *, created: datetime, nonce: str
) -> dict[str, str]:
    """The headers that sign one request."""
    message = _Message(method, url, {})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_PrivateKey(key)).sign(
        message, key_id=key_id, created=created, nonce=nonce, tag=TAG, label="sig",
        covered_component_ids=COMPONENTS, body=body,
    )
    return message.headers


def verify(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    find_key: Callable[[str], bytes | None],
    now: datetime,
) -> Signed:
    """Who signed this request; `headers` may hold others too, in any case.

    Raises SignatureRefused with reason `unsigned`, `bad-signature` or `clock`; a key id that `find_key`
    does not know is a bad signature, so that nobody can ask who exists. What `find_key` raises comes through.
    Whether the nonce was seen before is the caller's to ask.
    """
    found = {name.lower(): value for name, value in headers.items() if name.lower() in _HEADERS}
    if len(found) < len(_HEADERS):
        raise SignatureRefused("unsigned")
    if max(map(len, found.values())) > _MAX_HEADER_CHARS:
        raise SignatureRefused("bad-signature", "oversized header")
    keys = _PublicKeys(find_key)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=keys)
    try:
        results = verifier.verify(
            _Message(method, url, found), max_age=None, expect_tag=TAG, require_components=COMPONENTS, body=body
        )
    except (HTTPMessageSignaturesException, InvalidSignature, ValueError) as cause:
        if keys.fault is not None:
            raise keys.fault from None
        raise SignatureRefused("bad-signature", str(cause)[:200]) from cause
    if len(results) != 1:
        raise SignatureRefused("bad-signature", "one signature expected")
    parameters = results[0].parameters
    created = datetime.fromtimestamp(int(parameters["created"]), tz=UTC)
    signed = Signed(str(parameters["keyid"]), created, str(parameters.get("nonce", "")), keys.found.hex())
    if not 8 <= len(signed.nonce) <= 64:
        raise SignatureRefused("bad-signature", "nonce")
    if abs((now - created).total_seconds()) > CLOCK_SKEW_S:
        raise SignatureRefused("clock")
    return signed
