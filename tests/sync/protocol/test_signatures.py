"""Signed requests: what passes, and every way to be refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.errors import SignatureRefused
from sync.protocol.signatures import Signed, sign, verify

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
URL = "https://office.example/api/v1/sync?x=1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = b"body"


def find_key(key_id: str) -> bytes | None:
    return KEY.public_key().public_bytes_raw() if key_id == "330502-01" else None


def signed(created: datetime = NOW, nonce: str = "nonce-123", key_id: str = "330502-01") -> dict[str, str]:
    return sign(KEY, key_id, "POST", URL, BODY, created=created, nonce=nonce)


def check(
    headers: dict[str, str], *, method: str = "POST", url: str = URL, body: bytes = BODY, now: datetime = NOW
) -> Signed:
    return verify(method, url, headers, body, find_key=find_key, now=now)


def test_a_good_signature_says_who_when_and_nonce() -> None:
    assert check(signed()) == Signed("330502-01", NOW, "nonce-123", KEY.public_key().public_bytes_raw().hex())


def test_case_and_other_headers_do_not_matter() -> None:
    headers = {name.upper(): value for name, value in signed().items()} | {"Cookie": "x", "X-Other": "y"}
    assert check(headers).key_id == "330502-01"


@pytest.mark.parametrize("missing", ["signature", "signature-input", "content-digest"])
def test_a_request_without_a_part_is_unsigned(missing: str) -> None:
    headers = {name: value for name, value in signed().items() if name.lower() != missing}
    with pytest.raises(SignatureRefused) as refused:
        check(headers)
    assert refused.value.reason == "unsigned"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: check(signed(), method="PUT"),
        lambda: check(signed(), url="https://office.example/api/v1/enrol?x=1"),
        lambda: check(signed(), url="https://office.example/api/v1/sync?x=2"),
        lambda: check(signed(), body=b"other"),
        lambda: check(signed(nonce="short")),
        lambda: check(signed(nonce="n" * 65)),
        lambda: check({**signed(), "Signature": "sig=:AAAA:"}),
        lambda: check({**signed(), "Signature": "nonsense"}),
        lambda: check({**signed(), "Signature": "sig=:" + "A" * 4_000 + ":"}),
        lambda: check({**signed(), "Signature-Input": "sig=()"}),
        lambda: check({**signed(), "Content-Digest": "sha-256=:AAAA:"}),
    ],
)
def test_a_changed_request_is_badly_signed(attempt: Callable[[], Signed]) -> None:
    with pytest.raises(SignatureRefused) as refused:
        attempt()
    assert refused.value.reason == "bad-signature"


def test_another_key_is_badly_signed() -> None:
    other = sign(Ed25519PrivateKey.generate(), "330502-01", "POST", URL, BODY, created=NOW, nonce="nonce-123")
    with pytest.raises(SignatureRefused) as refused:
        check(other)
    assert refused.value.reason == "bad-signature"


def test_an_unknown_station_looks_like_a_bad_signature() -> None:
    with pytest.raises(SignatureRefused) as refused:
        check(signed(key_id="nobody"))
    assert refused.value.reason == "bad-signature"


def test_keys_that_cannot_be_looked_up_are_no_bad_signature() -> None:
    def fail(_: str) -> bytes | None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        verify("POST", URL, signed(), BODY, find_key=fail, now=NOW)


@pytest.mark.parametrize("skew_s", [-301, 301, 86_400 * 3_650, -86_400 * 3_650])
def test_a_wrong_clock_has_an_answer_of_its_own(skew_s: int) -> None:
    with pytest.raises(SignatureRefused) as refused:
        check(signed(), now=NOW + timedelta(seconds=skew_s))
    assert refused.value.reason == "clock"


@pytest.mark.parametrize("skew_s", [-300, 0, 300])
def test_a_clock_within_five_minutes_passes(skew_s: int) -> None:
    assert check(signed(), now=NOW + timedelta(seconds=skew_s)).created == NOW


@given(st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]), st.text(max_size=80))
def test_no_header_text_raises_anything_else(name: str, text: str) -> None:
    with pytest.raises(SignatureRefused):
        check({**signed(), name: text})
