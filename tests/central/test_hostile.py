"""Bad input, by table, against the office as it runs: a 4xx with a code or a place in quarantine, never a 5xx.

After each test a good station is served as if nothing had been; after all of them memory, log and projector are
looked at.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin
from urllib.error import URLError

import msgspec
import psutil
import pytest

from sync.central.core.refusals import REFUSALS
from sync.protocol import events, wire
from sync.protocol.events import MAX_LINE_BYTES, CheckedIn, digest_of

from .fake_station import FakeStation, Reply
from .live import LiveOffice, post_to
from .test_live import station_of

# What the office may keep after all of this, and need in between: a body of 32 MB is in memory a few times, and
# as many at once as it has threads.
GROWTH_BYTES = 192 * 2**20
PEAK_BYTES = 256 * 2**20
PEAK_AT_ONCE_BYTES = 512 * 2**20
AT_ONCE = 12
LOG_BYTES = 100_000
SECRET = "13800001111"          # stands for whatever must not come into a log
# Each is put in the place of every field, as it is.
JUNK: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "zero": b"0",
    "minus": b"-1",
    "fraction": b"1.5",
    "whole fraction": b"1.0",
    "1e308": b"1e308",
    "1e999": b"1e999",
    "2**53": b"9007199254740992",
    "2**63": b"9223372036854775808",
    "-2**63-1": b"-9223372036854775809",
    "4000 digits": b"9" * 4_000,
    "40000 digits": b"9" * 40_000,
    "NaN": b"NaN",
    "nothing": b"",
    "empty": b'""',
    "word": f'"{SECRET}"'.encode(),
    "number in words": b'"1"',
    "NUL": rb'"a\u0000b"',
    "controls": rb'"\u0001\u001f\u007f\r\n"',
    "bidi": '"\u202e\u2066\ufeff"'.encode(),
    "emoji": '"😀"'.encode(),
    "long": b'"' + b"y" * 40_000 + b'"',
    "day": b'"9999-12-31"',
    "first day": b'"0001-01-01"',
    "no day": b'"2026-02-30"',
    "bare NUL": b'"a\0b"',
    "lone surrogate": rb'"\ud800"',
    "pair swapped": rb'"\udc00\ud800"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "Latin-1": b'"\xe9"',
    "overlong slash": b'"\xc0\xaf"',
    "beyond Unicode": b'"\xf4\x90\x80\x80"',
    "list": b"[]",
    "object": b"{}",
    "list in list": b"[[[]]]",
    "deep": b"[" * 20_000 + b"]" * 20_000,
    "deep objects": b'{"a":' * 8_000,
}
FLOATS = {"zero", "minus", "fraction", "whole fraction", "1e308", "2**53", "2**63", "-2**63-1"}
INTEGERS = {"zero", "minus", "2**53", "2**63", "-2**63-1", "4000 digits"}
TEXTS = {"empty", "word", "number in words", "NUL", "controls", "bidi", "emoji", "long", "day", "first day", "no day"}
SHORT = {"word", "number in words", "day", "first day", "no day"}   # ASCII, printable, at most 64 characters
TIMES_TAKEN = [
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999+23:59", "1969-12-31T23:59:59Z", "2038-01-19T03:14:08Z", "2026-11-23t14:26:03z",
    "2026-11-23T14:26:03.123456789012345678Z",
]
TIMES_REFUSED = [
    "2026-11-23T14:26:03", "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T14:26:60Z",
    "2026-11-23T14:26:03+24:00", "2026-11-23T14:26:03-24:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
    "-001-01-01T00:00:00Z", "2026-11-23T14:26:03+08:00[Asia/Shanghai]", "now", "",
]


class Target(NamedTuple):
    """The office, a station that behaves, one that does not, and the office's memory before it all."""

    office: LiveOffice
    good: FakeStation
    bad: FakeStation
    process: psutil.Process
    rss: int


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], str]) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("office")
    with LiveOffice(folder, database_url=make_database(), example=True) as office:
        good, bad = station_of(office, "330502-01"), station_of(office, "330211-01")
        good.epoch = "good"
        for _ in range(20):     # what is loaded at first use is no leak
            exchange_well(good)
        process = psutil.Process(office.server_pid)
        yield Target(office, good, bad, process, process.memory_info().rss)
        office.wait_until_projected()
        log = office.log_path.read_text()
        assert SECRET not in log
        assert "Traceback" not in log
        assert len(log) < LOG_BYTES


@pytest.fixture(autouse=True)
def is_served_afterwards(target: Target, request: pytest.FixtureRequest) -> Iterator[None]:
    """A journal of its own for each test, and a good exchange right after it."""
    target.bad.epoch, target.bad.acked = digest_of(request.node.name.encode()), 0
    yield
    exchange_well(target.good)


def exchange_well(good: FakeStation) -> None:
    line = good.line(CheckedIn(checkin="c", trade="courier", member=SECRET))
    assert good.sync([line]).receipt.head == good.next_seq - 1


def hello(station: FakeStation, **fields: bytes) -> bytes:
    """A hello whose fields are the given JSON."""
    good = msgspec.json.decode(wire.encode(wire.Hello(
        v=wire.VERSION, epoch=station.epoch, install=station.install, acked=station.acked, cursor="",
        sent_at=datetime.now(UTC),
    )))
    return object_of({name: msgspec.json.encode(value) for name, value in good.items()} | fields)


def object_of(fields: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(b'"' + name.encode() + b'":' + value for name, value in fields.items()) + b"}"


def entry(seq: int | bytes, event: bytes = b'{"kind":"tea.poured"}', at: str | bytes = "2026-11-23T14:26:03Z") -> bytes:
    """A journal line of the given JSON."""
    number = seq if isinstance(seq, bytes) else str(seq).encode()
    return object_of({"seq": number, "at": f'"{at}"'.encode() if isinstance(at, str) else at, "event": event})


def send(station: FakeStation, first: bytes, lines: list[bytes] | None = None) -> Reply:
    return station.send(gzip.compress(b"\n".join([first, *(lines or [])]) + b"\n"))


def code_of(reply: Reply) -> str:
    """Empty for a 200, else the refusal's code; it is one of ours, and no fault of the office."""
    if reply.status == 200:
        return ""
    assert REFUSALS[reply.refusal.code][0] == reply.status < 500
    return reply.refusal.code


def values_for(kind: Any) -> set[str]:
    """Names of the junk that a field of this type takes."""
    if get_origin(kind) is Annotated:
        return values_for(get_args(kind)[0])
    if isinstance(kind, UnionType):
        return set().union(*map(values_for, get_args(kind)))
    if get_origin(kind) is Literal:
        return set()
    simple: dict[Any, set[str]] = {
        bool: {"true"}, int: INTEGERS, float: FLOATS, str: TEXTS, date: {"day", "first day"}, datetime: set(),
        type(None): {"null"}, tuple: {"list"}, dict: {"object"},
    }
    return simple.get(get_origin(kind) or kind, {"object"})


def kept_lines(target: Target) -> dict[int, tuple[str, str]]:
    """By number, what became of the bad station's lines: digest, and the code if it was set aside."""
    stored = target.office.rows(
        "SELECT e.seq, e.digest, '' FROM core_event e JOIN core_journal j ON j.id = e.journal_id WHERE j.epoch = ?",
        target.bad.epoch,
    )
    aside = target.office.rows(
        "SELECT q.seq, q.digest, q.code FROM core_quarantine q JOIN core_journal j ON j.id = q.journal_id"
        " WHERE j.epoch = ? AND q.why = 'rejected'", target.bad.epoch,
    )
    return {seq: (digest, code) for seq, digest, code in [*stored, *aside]}


def take_all(target: Target, lines: list[bytes]) -> dict[int, str]:
    """Send lines numbered 1, 2, 3 …; each is kept under its number. The codes of those set aside."""
    for start in range(0, len(lines), 500):
        receipt = send(target.bad, hello(target.bad), lines[start:start + 500]).receipt
        target.bad.acked = receipt.head
        assert receipt.head == min(start + 500, len(lines))
    kept = kept_lines(target)
    assert {seq: digest for seq, (digest, _) in kept.items()} == {
        seq: digest_of(line) for seq, line in enumerate(lines, 1)
    }
    return {seq: code for seq, (_, code) in kept.items() if code}


@pytest.mark.parametrize("field", wire.Hello.__struct_fields__)
def test_every_field_of_the_hello(target: Target, field: str) -> None:
    kinds = {field.name: field.type for field in msgspec.structs.fields(wire.Hello)}
    own: dict[str, set[str]] = {"v": set(), "install": set(), "epoch": SHORT, "cursor": TEXTS - {"long"}}
    codes = {name: code_of(send(target.bad, hello(target.bad, **{field: junk}))) for name, junk in JUNK.items()}
    assert {name for name, code in codes.items() if not code} == own.get(field, values_for(kinds[field]))
    assert set(codes.values()) <= {"", "header", {"install": "cloned", "v": "version"}.get(field, "")}


@pytest.mark.parametrize("field", wire.Health.__struct_fields__)
def test_every_field_of_the_health(target: Target, field: str) -> None:
    kinds = {field.name: field.type for field in msgspec.structs.fields(wire.Health)}
    codes = {
        name: code_of(send(target.bad, hello(target.bad, health=object_of({field: junk}))))
        for name, junk in JUNK.items()
    }
    assert {name for name, code in codes.items() if not code} == values_for(kinds[field])
    assert set(codes.values()) <= {"", "header"}


def first_choice(kind: Any) -> bytes:
    """A value of a field that takes one of a few words."""
    return msgspec.json.encode(get_args(kind)[0]) if get_origin(kind) is Literal else b'"home"'


@pytest.mark.parametrize("kind", events.AnyEvent.__args__, ids=events.kind_of)
def test_every_field_of_every_event(target: Target, kind: type[events.Event]) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    good: dict[Any, bytes] = {bool: b"true", int: b"1", float: b"1.5", str: b'"x"', date: b'"2026-12-23"'}
    right = {name: good.get(its_kind) or first_choice(its_kind) for name, its_kind in fields.items()}
    tag = msgspec.json.encode(events.kind_of(kind))
    cases = [(name, junk) for name in fields for junk in JUNK]
    lines = [
        entry(seq, object_of({"kind": tag, **right, name: JUNK[junk]})) for seq, (name, junk) in enumerate(cases, 1)
    ]
    codes = take_all(target, lines)
    assert set(codes.values()) <= {"event", "line"}
    assert {case for seq, case in enumerate(cases, 1) if seq not in codes} == {
        (name, junk) for name, its_kind in fields.items() for junk in values_for(its_kind)
    }


def test_lines_that_are_no_events(target: Target) -> None:
    bodies = [*JUNK.values(), *(object_of({"kind": junk}) for junk in JUNK.values())]
    codes = take_all(target, [entry(seq, body) for seq, body in enumerate(bodies, 1)])
    stored = [bodies[seq - 1] for seq in range(1, len(bodies) + 1) if seq not in codes]
    assert stored == [object_of({"kind": junk}) for name, junk in JUNK.items() if name in TEXTS]
    assert set(codes.values()) <= {"event", "line"}


def test_moments_from_the_first_year_to_the_last(target: Target) -> None:
    moments = [*TIMES_TAKEN, *TIMES_REFUSED]
    lines = [entry(seq, at=at) for seq, at in enumerate(moments, 1)]
    lines += [entry(seq, at=junk) for seq, junk in enumerate(JUNK.values(), len(lines) + 1)]
    codes = take_all(target, lines)
    assert codes == dict.fromkeys(range(len(TIMES_TAKEN) + 1, len(lines) + 1), "line")
    for sent_at in moments:
        code = code_of(send(target.bad, hello(target.bad, sent_at=f'"{sent_at}"'.encode())))
        assert code == ("" if sent_at in TIMES_TAKEN else "header")


@pytest.mark.parametrize("claim", [
    *JUNK.values(), b"4", b"9999", b"9007199254740991", b"-9007199254740991", b"02", b"+2", b"0x2", b'"2"',
], ids=lambda claim: ascii(claim[:20]))
def test_a_number_that_cannot_be(target: Target, claim: bytes) -> None:
    alone = send(target.bad, hello(target.bad), [entry(claim)]).receipt
    assert alone.head <= 1
    between = [entry(alone.head + 1), entry(claim), entry(alone.head + 3)]
    receipt = send(target.bad, hello(target.bad), between).receipt
    assert receipt.head == alone.head + 3
    assert [result.status for result in receipt.results] == ["rejected"]
    assert kept_lines(target)[alone.head + 2][0] == digest_of(between[1])


@pytest.mark.parametrize(("line", "code"), [
    (b"z" * 10 * 2**20, "size"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03Z","event":{"kind":"x","pad":"' + b"y" * 10 * 2**20 + b'"}}', "size"),
    (b"[" * 100_000, "size"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03Z","event":' + b"[" * 60_000 + b"]" * 3_000 + b"}", "line"),
    (b'{"a":' * 13_000, "line"),
    (b"\0" * MAX_LINE_BYTES, "line"),
    (b" " * MAX_LINE_BYTES, "line"),
    (("\ufeff" + entry(1).decode()).encode(), "line"),
    (entry(1).decode().encode("utf-16"), "line"),
    (entry(1).decode().encode("utf-32"), "line"),
    (entry(1)[:-1], "line"),
    (entry(1) + entry(2), "line"),
    (b"\x1f\x8b\x08", "line"),
    (b"\r", "line"),
], ids=lambda value: ascii(value[:24]))
def test_a_line_that_is_none(target: Target, line: bytes, code: str) -> None:
    line = line.replace(b"\n", b" ")
    receipt = send(target.bad, hello(target.bad), [line, entry(2)]).receipt
    assert [(result.seq, result.status, result.code) for result in receipt.results] == [(1, "rejected", code)]
    assert receipt.head == 2
    assert kept_lines(target)[1] == (digest_of(line), code)


@pytest.mark.parametrize("body", [
    gzip.compress(hello_line := b"{}\n")[:-1],
    gzip.compress(hello_line)[:10],
    gzip.compress(hello_line)[:-8] + b"\0" * 8,
    b"\x1f\x8b\xff" + gzip.compress(hello_line)[3:],
    zlib.compress(hello_line),
    gzip.compress(gzip.compress(hello_line)),
    gzip.compress(b""),
    gzip.compress(b"\n" * 5_000),
    gzip.compress(b"\0" * 200_000),
    gzip.compress(b"[" * 100_000 + b"]" * 100_000),
    gzip.compress(b'{"a":' * 50_000),
    gzip.compress(b"\xff\xfe" + b"{}".decode().encode("utf-16-le")),
    b"{}\n",
    b"",
    b"\0" * 1_000_000,
], ids=lambda body: f"{len(body)} {body[:4].hex()}")
def test_a_body_that_is_none(target: Target, body: bytes) -> None:
    assert code_of(target.bad.send(body)) == "header"


def bomb(block: bytes) -> bytes:
    """A gzip body as large as may be, which would inflate to gigabytes; made without packing them."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = packer.compress(block * (2**20 // len(block))) + packer.flush(zlib.Z_FULL_FLUSH)
    head = gzip.compress(b"", mtime=0)[:10]
    return head + piece * ((wire.MAX_BODY_BYTES - len(head)) // len(piece))


@pytest.mark.parametrize("block", [b"\0", b"\n", b"{}\n", b'{"seq":1},', b"["], ids=ascii)
def test_a_bomb_is_not_inflated(target: Target, block: bytes) -> None:
    assert code_of(target.bad.send(bomb(block))) == "too-large"


@pytest.mark.parametrize("field", [
    b'"caps":[' + b'"",' * 10_000_000 + b'""]',
    b'"floors":{' + b",".join(b'"%d":1' % number for number in range(2_000_000)) + b"}",
    b'"health":{"faults":[' + b'"a",' * 7_000_000 + b'"a"]}',
    b'"cursor":"' + b"1" * 30 * 2**20 + b'"',
    b'"later":' + b"[[]," * 7_000_000 + b"0",
], ids=lambda field: field[:12].decode())
def test_a_hello_of_many_megabytes_is_not_read(target: Target, field: bytes) -> None:
    first = hello(target.bad)[:-1] + b"," + field + b"}"
    assert code_of(send(target.bad, first)) == "too-large"


@pytest.mark.parametrize(("lines", "code"), [
    ([b"{}"] * (wire.MAX_EVENTS + 1), "too-large"),
    ([b""] * (wire.MAX_LINES + 1), "too-large"),
    ([b"z" * 16_000] * wire.MAX_EVENTS, ""),
    ([b""] * wire.MAX_EVENTS, ""),
], ids=["events", "lines", "long", "empty"])
def test_as_many_lines_as_there_may_be(target: Target, lines: list[bytes], code: str) -> None:
    assert code_of(send(target.bad, hello(target.bad), lines)) == code


def test_every_field_of_the_enrolment(target: Target) -> None:
    newcomer = FakeStation(post_to(target.office), "650102-01")
    key = newcomer.key.public_key().public_bytes_raw().hex()
    right = {"code": target.office.make_code(newcomer.id), "public_key": key, "install": "i", "epoch": "e"}
    good = {name: msgspec.json.encode(value) for name, value in right.items()}
    taken = {"epoch": SHORT, "install": SHORT, "previous": SHORT | {"empty"}, "hardware": TEXTS - {"long"}}
    for field in reversed(wire.EnrolRequest.__struct_fields__):     # bad codes last: they shut the door
        codes = {
            name: code_of(newcomer.ask_to_enrol(object_of({**good, field: junk}))) for name, junk in JUNK.items()
        }
        assert {name for name, code in codes.items() if not code} == taken.get(field, set())
        wrong = {"enrol-code", "enrol-rate"} if field == "code" else set[str]()
        assert set(codes.values()) <= {"", "enrol-request", "too-large", *wrong}


def peak_of(target: Target) -> int:
    """The most memory that the office ever had, beyond what it started with."""
    status = Path(f"/proc/{target.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 - target.rss


def test_memory_is_bounded_also_when_many_come_at_once(target: Target) -> None:
    assert target.process.memory_info().rss - target.rss < GROWTH_BYTES
    assert peak_of(target) < PEAK_BYTES
    body = bomb(b"\0")

    def throw() -> str:
        try:
            return code_of(target.bad.send(body))
        except URLError:
            return "hung up"    # no room: refused before it was read

    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = [future.result() for future in [pool.submit(throw) for _ in range(AT_ONCE)]]
    assert set(codes) <= {"too-large", "hung up"}
    assert peak_of(target) < PEAK_AT_ONCE_BYTES
