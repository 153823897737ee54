"""Whatever an office, a proxy or a portal answers: it is ours, or a SyncError of the right kind."""

from __future__ import annotations

import gzip
import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol import wire
from sync.protocol.errors import SyncError, TooLarge, WireError
from sync.protocol.signatures import verify
from sync.station import errors
from sync.station.exchange.address import check_address
from sync.station.exchange.client import OfficeClient, Reply, Signer
from tests.sync.station.raw_office import RawOffice, answer

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer("330502-01", KEY)
HELLO = wire.Hello(v=1, epoch="e", install="i", acked=0, cursor="", sent_at=NOW)
RECEIPT = wire.Receipt(head=0, server_time=NOW, next_sync_s=60, cursor="c", more=False)
GOOD = answer(200, wire.pack(RECEIPT, [wire.encode(wire.Published("copy", "A", 1, None))]))
HTML = b"<html><body>Please log in to the WiFi</body></html>"


def refusal(status: int, code: str, server_time: datetime | None = None, **headers: str) -> bytes:
    return answer(status, wire.encode(wire.Refusal(code, "words", server_time)), **headers)


def exchange(office: RawOffice, **limits: float) -> Reply:
    client = OfficeClient(office.url, **limits)
    try:
        return client.exchange(SIGNER, HELLO, [b"{}"], lambda: NOW)
    finally:
        client.close()


def test_a_good_reply_comes_through_and_the_request_is_signed() -> None:
    with RawOffice(GOOD) as office:
        reply = exchange(office)
    assert reply == Reply(RECEIPT, [wire.Published("copy", "A", 1, None)])
    request = office.requests[0]
    assert request.path == "/api/v1/sync"
    signed = verify(
        "POST", f"http://x{request.path}", request.headers, request.body,
        find_key=lambda _: KEY.public_key().public_bytes_raw(), now=NOW,
    )
    assert (signed.key_id, signed.created) == ("330502-01", NOW)
    assert wire.unpack(request.body, wire.Hello) == (HELLO, [b"{}"])


NONSENSE: list[tuple[str, bytes, type[SyncError]]] = [
    ("a portal's page", answer(200, HTML, Content_Type="text/html"), WireError),
    ("a portal's page, packed", answer(200, gzip.compress(HTML)), WireError),
    ("nothing", answer(200), WireError),
    ("no content", answer(204), WireError),
    ("wrong JSON", answer(200, gzip.compress(b'{"head":"x"}\n')), WireError),
    ("a receipt without zone", answer(200, gzip.compress(
        b'{"head":0,"server_time":"2026-01-01T00:00:00","next_sync_s":1,"cursor":"","more":false}\n')), WireError),
    ("a receipt with an endless cursor", answer(200, gzip.compress(
        b'{"head":0,"server_time":"2026-01-01T00:00:00Z","next_sync_s":1,"cursor":"%s","more":false}\n'
        % (b"x" * 10_000_000))), TooLarge),
    ("half a gzip", answer(200, wire.pack(RECEIPT, [])[:30]), WireError),
    ("half a body", answer(200, wire.pack(RECEIPT, []), Content_Length="5000"), errors.OfficeUnreachable),
    ("a huge body", answer(200, bytes(9 * 1024 * 1024)), TooLarge),
    ("a gzip bomb", answer(200, gzip.compress(bytes(64 * 1024 * 1024))), TooLarge),
    ("a redirect", answer(302, Location="http://127.0.0.1:1/login"), WireError),
    ("a permanent redirect", answer(308, Location="https://portal.example/"), WireError),
    ("a firewall's 403", answer(403, HTML), WireError),
    ("a firewall's 401", answer(401, HTML), WireError),
    ("a huge refusal", answer(403, b'{"code":"revoked","next_step":"' + b"x" * 20_000 + b'"}'), TooLarge),
    ("not found", answer(404, HTML), WireError),
    ("revoked", refusal(403, "revoked"), errors.StationRevoked),
    ("cloned", refusal(409, "cloned"), errors.StationCloned),
    ("another refusal", refusal(401, "bad-signature"), errors.OfficeRefused),
    ("a wrong address of the office", refusal(404, "not-found"), errors.OfficeRefused),
    ("too large", refusal(413, "too-large"), errors.BatchTooLarge),
    ("a proxy's too large", answer(413, HTML), errors.BatchTooLarge),
    ("time-out", answer(408), errors.LineTooSlow),
    ("busy", refusal(429, "enrol-rate"), errors.OfficeBusy),
    ("broken", answer(500, HTML), errors.OfficeBusy),
    ("unavailable", answer(503), errors.OfficeBusy),
    ("a portal's login", answer(511, HTML), WireError),
    ("a strange status", answer(999, HTML), errors.OfficeBusy),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n", errors.OfficeUnreachable),
    ("bytes", bytes(range(256)) * 4, errors.OfficeUnreachable),
    ("silence", b"", errors.OfficeUnreachable),
    ("broken chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", errors.OfficeUnreachable),
    ("cut chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", errors.OfficeUnreachable),
    ("endless headers", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000, errors.OfficeUnreachable),
]


@pytest.mark.parametrize(("raw", "kind"), [case[1:] for case in NONSENSE], ids=[case[0] for case in NONSENSE])
def test_nonsense_is_a_fault_with_code_and_next_step(raw: bytes, kind: type[SyncError]) -> None:
    with RawOffice(raw) as office, pytest.raises(SyncError) as fault:
        exchange(office)
    assert type(fault.value) is kind
    assert fault.value.code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.value.next_step)
    assert len(office.requests) == 1


def test_a_document_that_cannot_be_read_holds_up_neither_the_others_nor_events() -> None:
    good = wire.Published("copy", "A", 1, None)
    lines = [b"{", b'{"type":"a","key":"b","rev":1}', wire.encode(good), b"[" * 5_000, b"\xff"]
    with RawOffice(answer(200, wire.pack(RECEIPT, lines))) as office:
        assert exchange(office) == Reply(RECEIPT, [good])


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    client = OfficeClient(f"http://127.0.0.1:{port}")
    with pytest.raises(errors.OfficeUnreachable):
        client.exchange(SIGNER, HELLO, [], lambda: NOW)
    client.close()


def test_an_office_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = OfficeClient(f"http://127.0.0.1:{silent.getsockname()[1]}", silence_s=0.2)
        with pytest.raises(errors.OfficeUnreachable):
            client.exchange(SIGNER, HELLO, [], lambda: NOW)
        client.close()


def test_a_reply_that_drips_is_given_up() -> None:
    with RawOffice(GOOD) as office, pytest.raises(errors.OfficeUnreachable, match="太慢"):
        exchange(office, whole_s=-1)


def test_a_wrong_clock_is_signed_again_once_with_the_offices_time() -> None:
    theirs = NOW + timedelta(days=3_650)
    with RawOffice(refusal(401, "clock", theirs), GOOD) as office:
        assert exchange(office).receipt == RECEIPT
    assert f"created={int(theirs.timestamp())}" in office.requests[1].headers["signature-input"]
    assert office.requests[0].body == office.requests[1].body
    with RawOffice(refusal(401, "clock", theirs)) as office, pytest.raises(errors.ClockWrong):
        exchange(office)
    assert len(office.requests) == 2
    with RawOffice(refusal(401, "clock")) as office, pytest.raises(errors.ClockWrong):
        exchange(office)
    assert len(office.requests) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30), ("0", 0), ("-5", 0), ("soon", 0), ("", 0), ("1e9", 0), ("999999999999", 86_400), ("٣", 0),
        ("Mon, 23 Nov 2026 06:27:03 GMT", 60), ("Mon, 23 Nov 2020 06:27:03 GMT", 0), ("Mon, 99 Nov 2026", 0),
    ],
)
def test_retry_after_is_read_and_bounded(text: str, seconds: float) -> None:
    raw = answer(503, Retry_After=text, Date="Mon, 23 Nov 2026 06:26:03 GMT")
    # Headers travel as Latin-1; what cannot, cannot come either.
    with RawOffice(raw) as office, pytest.raises(errors.OfficeBusy) as fault:
        exchange(office)
    assert fault.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("versions", "kind"),
    [((2, 3), errors.StationTooOld), ((0, 0), errors.OfficeTooOld), (None, errors.OfficeRefused)],
)
def test_a_refused_version_says_who_is_to_be_updated(
    versions: tuple[int, int] | None, kind: type[SyncError]
) -> None:
    raw = answer(400, wire.encode(wire.Refusal("version", "words", versions=versions)))
    with RawOffice(raw) as office, pytest.raises(SyncError) as fault:
        exchange(office)
    assert type(fault.value) is kind


def test_a_used_nonce_is_replaced_once() -> None:
    with RawOffice(refusal(401, "replayed"), GOOD) as office:
        assert exchange(office).receipt == RECEIPT
    first, second = (request.headers["signature-input"] for request in office.requests)
    assert first != second


def test_a_request_carries_no_header_that_nobody_reads() -> None:
    with RawOffice(GOOD) as office:
        exchange(office)
    request = office.requests[0]
    assert set(request.headers) == {
        "host", "user-agent", "accept-encoding", "content-type", "content-encoding", "content-length",
        "content-digest", "signature-input", "signature",
    }
    assert len(request.body) + sum(len(name) + len(value) + 4 for name, value in request.headers.items()) < 700


def test_enrolment_says_what_is_wrong() -> None:
    request = wire.EnrolRequest(code="QJQ93TYJ82", public_key="ab" * 32, install="i", epoch="e")
    good = wire.EnrolReply("330502-01", "衣裳街", NOW)
    cases: list[tuple[bytes, type[SyncError] | None]] = [
        (answer(200, wire.encode(good)), None),
        (refusal(403, "enrol-code"), errors.CodeRefused),
        (refusal(429, "enrol-rate"), errors.OfficeBusy),
        (answer(200, HTML), WireError),
        (answer(200, b'{"station":"","name":"","server_time":"2026-01-01T00:00:00Z"}'), WireError),
        (answer(200, b"x" * 20_000), TooLarge),
    ]
    for raw, kind in cases:
        with RawOffice(raw) as office:
            client = OfficeClient(office.url + "/")
            if kind is None:
                assert client.enrol(request) == good
            else:
                with pytest.raises(kind):
                    client.enrol(request)
            client.close()


@pytest.mark.parametrize(
    "address",
    ["", "office.example", "http://office.example", "ftp://127.0.0.1", "http://127.0.0.1.example", "https://",
     "https://user:secret@office.example", "https://office.example/?a=1", "https://[::1", "https://a:99999",
     "http://localhost.example", "javascript:alert(1)", "\0"],
)
def test_an_address_that_is_not_https_is_refused(address: str) -> None:
    with pytest.raises(errors.AddressRefused):
        OfficeClient(address)


@pytest.mark.parametrize(
    ("address", "base"),
    [("https://office.example/", "https://office.example"), (" https://a:8443/yizhan/ ", "https://a:8443/yizhan"),
     ("http://127.0.0.1:8000", "http://127.0.0.1:8000"), ("http://[::1]:80", "http://[::1]:80"),
     ("http://localhost:8000/", "http://localhost:8000")],
)
def test_a_good_address_loses_only_its_slash(address: str, base: str) -> None:
    assert check_address(address) == base
