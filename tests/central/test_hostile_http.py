"""Bad HTTP, by table, at the socket: strangers and broken proxies, before any line of a body is read."""

from __future__ import annotations

import gzip
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sync.central.core.refusals import REFUSALS
from sync.protocol import wire
from sync.protocol.events import CheckedIn

from .fake_station import FakeStation
from .live import LiveOffice
from .test_live import station_of

GROWTH_BYTES = 48 * 2**20
HALF_OPEN = 150
SYNC = b"POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path_factory.mktemp("office"), example=True) as office:
        yield office


@pytest.fixture(scope="module")
def station(office: LiveOffice) -> FakeStation:
    station = station_of(office, "330502-01")
    exchange_well(station)
    return station


@pytest.fixture(scope="module", autouse=True)
def memory_stays(office: LiveOffice, station: FakeStation) -> Iterator[None]:
    process = psutil.Process(office.server_pid)
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < GROWTH_BYTES
    assert "Traceback" not in office.log_path.read_text()


@pytest.fixture(autouse=True)
def is_served_afterwards(station: FakeStation) -> Iterator[None]:
    yield
    exchange_well(station)


def exchange_well(station: FakeStation) -> None:
    assert station.sync([station.line(CheckedIn(checkin="c", trade="courier"))]).receipt.head == station.next_seq - 1


def talk(office: LiveOffice, sent: bytes, answers: int = 1) -> bytes:
    """What the office says until it hangs up, or until so many answers are whole; whatever comes after these too."""
    with socket.create_connection(("127.0.0.1", office.port), timeout=60) as line:
        said = b""
        try:
            line.sendall(sent)
            while count_whole(said, has_bodies=not sent.startswith(b"HEAD")) < answers:
                part = line.recv(65_536)
                if not part:
                    return said
                said += part
            line.settimeout(0.02)
            said += line.recv(65_536)
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass    # it hung up while we were still talking, or has nothing more to say
    return said


def count_whole(said: bytes, *, has_bodies: bool) -> int:
    """How many answers are whole; one without a length ends with the connection."""
    whole = 0
    while True:
        head, gap, said = said.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if not gap or length is None or (has_bodies and len(said) < int(length[1])):
            return whole
        whole += 1
        said = said[int(length[1]) * has_bodies:]


def statuses_of(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def headers_of(station: FakeStation, body: bytes) -> bytes:
    signed = {**station.signed(body), "Content-Length": str(len(body))}
    return "".join(f"{name}: {value}\r\n" for name, value in signed.items()).encode()



@pytest.mark.parametrize("verb", [
    "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "BREW", "P" * 5_000,
], ids=lambda verb: verb[:8])
@pytest.mark.parametrize("path", [wire.SYNC_PATH, wire.ENROL_PATH])
def test_other_verbs(office: LiveOffice, verb: str, path: str) -> None:
    answer = talk(office, f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    assert statuses_of(answer) == [405]


@pytest.mark.parametrize("path", [
    "/api/v1/sync/", "//api/v1/sync", "/api//v1/sync", "/api/v1/./sync", "/api/v1/x/../sync", "/API/V1/SYNC",
    "/api/v1/sync%00", "/api/v1/sync;a=b", "/api/v1/sync%20", "/api/v1/sync%0d%0aX:1", "/api/v1/s%79nc%2f",
    "/api/v1/snapshots/../../secret.key", "/api/v1/snapshots/..%2f..%2fsecret.key", "/api/v1/blobs/%2e%2e/office.db",
    "/api/v1/blobs/" + "a" * 5_000, "/api/v1/blobs/%ff%fe", "/api/v1/blobs/", "/api/", "/api", "/api/v2/sync",
    "/api/v1/" + "x/" * 1_000, "*", "http://evil.example/api/v1/nothing", "/%F0%28%8C%28", "/static/../settings.py",
    "/static/%2e%2e/%2e%2e/settings.py", "/static//etc/passwd",
], ids=lambda path: path[:40])
def test_paths_that_lead_nowhere(office: LiveOffice, path: str) -> None:
    for verb in ("POST", "GET"):
        answer = talk(office, f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode())
        assert len(statuses_of(answer)) == 1
        assert statuses_of(answer)[0] in {302, 400, 401, 403, 404, 405}
        assert b"root:" not in answer
        assert b"SECRET" not in answer


@pytest.mark.parametrize(("head", "expected"), [
    (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", [411]),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", [411]),
    (b"Transfer-Encoding: gzip, chunked\r\n\r\n", [400]),
    (b"Transfer-Encoding: xchunked\r\n\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", [411]),
    (b"Content-Length: -1\r\n\r\n", [400]),
    (b"Content-Length: +5\r\n\r\nhello", [400]),
    (b"Content-Length: 0x5\r\n\r\nhello", [400]),
    (b"Content-Length: 1e3\r\n\r\n", [400]),
    (b"Content-Length: 5, 6\r\n\r\nhello", [400]),
    (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", [400]),
    (b"Content-Length: " + b"9" * 19 + b"\r\n\r\n", [413]),
    (b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", [400]),
    (b"Content-Length: 8388609\r\n\r\n", [413]),
    (b"\r\n", [401]),
    (b"Content-Length: 5\r\n\r\nhello", [401]),
    (b"Host: evil.example\r\nContent-Length: 0\r\n\r\n", [400]),
    (b"X: " + b"y" * 1_000_000 + b"\r\n\r\n", [400]),
    (b"".join(b"X%d: y\r\n" % number for number in range(100_000)) + b"\r\n", [400]),
    (b"X y: z\r\n\r\n", [400]),
    (b": z\r\n\r\n", [400]),
    (b"X: a\0b\r\n\r\n", [400]),
    (b"X: a\r\n folded\r\nContent-Length: 0\r\n\r\n", [401]),
    (b"Signature: " + b"s" * 10_000 + b"\r\nSignature-Input: x\r\nContent-Digest: y\r\n\r\n", [401]),
    (b"Signature: \xff\xfe\r\nSignature-Input: \xff\r\nContent-Digest: \xff\r\n\r\n", [401]),
    (b"Content-Encoding: br\r\nContent-Type: text/html; charset=\xff\r\nContent-Length: 2\r\n\r\n{}", [401]),
    (b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", [405]),
    (b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n\r\n", [401]),
], ids=lambda value: ascii(value[:40]) if isinstance(value, bytes) else "")
def test_heads_that_lie(office: LiveOffice, head: bytes, expected: list[int]) -> None:
    answer = talk(office, SYNC + head)
    assert statuses_of(answer) == expected


@pytest.mark.parametrize("sent", [
    b"\0" * 1_000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"x" * 1_000_000, b"POST /api/v1/sync HTTP/1.1\r\n" * 1_000, bytes(range(256)) * 100,
], ids=lambda sent: ascii(sent[:20]))
def test_what_is_no_http(office: LiveOffice, sent: bytes) -> None:
    assert set(statuses_of(talk(office, sent))) <= {302, 400, 404}


@pytest.mark.parametrize("after", [
    b"junk\r\n\r\n", b"\0" * 10_000, b"POST /api/v1/sync HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX y: z\r\n\r\n",
], ids=ascii)
def test_what_follows_a_good_request_does_not_spoil_it(office: LiveOffice, station: FakeStation, after: bytes) -> None:
    body = station.body()
    answer = talk(office, SYNC + headers_of(station, body) + b"\r\n" + body + after)
    assert statuses_of(answer)[0] == 200
    assert set(statuses_of(answer)[1:]) <= {400}


def test_two_requests_at_once_get_two_answers(office: LiveOffice, station: FakeStation) -> None:
    bodies = [station.body(), station.body([b"not a line"])]
    answer = talk(office, b"".join(SYNC + headers_of(station, body) + b"\r\n" + body for body in bodies), answers=2)
    assert statuses_of(answer) == [200, 200]
    station.next_seq += 1   # the line that is none has a number now


@pytest.mark.parametrize("name", [
    "Signature", "Signature-Input", "Content-Digest", "Content-Type", "Content-Encoding", "Host",
])
def test_a_header_twice(office: LiveOffice, station: FakeStation, name: str) -> None:
    body = station.body()
    good = headers_of(station, body)
    for value in ("x", dict(re.findall(r"(\S+): (.*)\r\n", good.decode())).get(name, "x")):
        for head in (f"{name}: {value}\r\n".encode() + good, good + f"{name}: {value}\r\n".encode()):
            statuses = statuses_of(talk(office, SYNC + head + b"\r\n" + body))
            assert len(statuses) == 1
            assert statuses[0] in {200, 400, 401}


@pytest.mark.parametrize(("name", "value"), [
    ("Content-Type", "text/html"), ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", '\t;;="' + "x" * 500), ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Encoding", "identity"),
    ("Content-Encoding", "br, zstd"), ("Accept", "image/*"), ("Accept-Encoding", "br;q=1, *;q=0"),
    ("Cookie", "sessionid=" + "x" * 2_000), ("Authorization", "Basic Og=="), ("X-Forwarded-For", "10.9.8.7"),
    ("Expect", "200-maybe"), ("X-HTTP-Method-Override", "DELETE"), ("Range", "bytes=0-0"), ("If-None-Match", "*"),
], ids=lambda value: value[:24])
def test_headers_that_do_not_matter(office: LiveOffice, station: FakeStation, name: str, value: str) -> None:
    body = station.body()
    answer = talk(office, SYNC + headers_of(station, body) + f"{name}: {value}\r\n\r\n".encode() + body)
    assert statuses_of(answer) == [200]
    assert gzip.decompress(answer.partition(b"\r\n\r\n")[2])


def test_refusals_say_why_and_leak_nothing(office: LiveOffice) -> None:
    nowhere = b"GET /api/v1/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for sent in (SYNC + b"Content-Length: 99999999\r\n\r\n", SYNC + b"\r\n", nowhere):
        answer = talk(office, sent)
        refusal = wire.decode(wire.Refusal, answer.partition(b"\r\n\r\n")[2])
        assert REFUSALS[refusal.code][0] == statuses_of(answer)[0]
        assert not re.search(rb"(?i)^(server|x-powered-by|set-cookie):", answer, re.MULTILINE)


def test_connections_left_half_open_shut_nobody_out(office: LiveOffice, station: FakeStation) -> None:
    beginnings = [
        b"", b"POST", SYNC, SYNC + b"Content-Length: 8000000\r\n\r\n",
        SYNC + b"Content-Length: 60000\r\n\r\n" + b"x" * 50_000,
    ]
    process = psutil.Process(office.server_pid)
    before = process.num_fds()
    lines = [socket.create_connection(("127.0.0.1", office.port), timeout=60) for _ in range(HALF_OPEN)]
    try:
        for number, line in enumerate(lines):
            line.sendall(beginnings[number % len(beginnings)])
        for _ in range(20):
            exchange_well(station)
    finally:
        for line in lines:
            line.close()
    deadline = time.monotonic() + 60
    while process.num_fds() > before + 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_never_reads_the_answer_holds_nothing(office: LiveOffice, station: FakeStation) -> None:
    line = socket.create_connection(("127.0.0.1", office.port), timeout=60)
    with line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50)
        exchange_well(station)


def test_the_data_folder_is_not_to_be_had(office: LiveOffice) -> None:
    secret = (Path(office.folder) / "secret.key").read_bytes()
    for path in ("/secret.key", "/static/../../secret.key", "/api/v1/blobs/secret.key", "/media/secret.key"):
        assert secret not in talk(office, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
