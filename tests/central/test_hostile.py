"""Bad fields and lines, by table, against the office as it runs: a 4xx with a code or a place in quarantine, never a
5xx. Both databases, since what they take for text, number and moment differs.

After each test a good station is served as if nothing had been; after all of them memory, log and projector are
looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from sync.protocol import events, wire
from sync.protocol.events import MAX_LINE_BYTES, digest_of

from .fake_station import FakeStation
from .hostile import (
    GROWTH_BYTES,
    JUNK,
    PEAK_BYTES,
    SHORT,
    TEXTS,
    Target,
    begin_anew,
    code_of,
    entry,
    exchange_well,
    hello,
    kept_lines,
    object_of,
    send,
    served,
    take_all,
    values_for,
)
from .live import post_to

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


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], str]) -> Iterator[Target]:
    with served(tmp_path_factory.mktemp("office"), make_database()) as target:
        yield target


@pytest.fixture(autouse=True)
def is_served_afterwards(target: Target, request: pytest.FixtureRequest) -> Iterator[None]:
    """A journal of its own for each test, and a good exchange right after it."""
    begin_anew(target, request.node.name)
    yield
    exchange_well(target.good)


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


def test_memory_is_bounded(target: Target) -> None:
    assert target.growth < GROWTH_BYTES
    assert target.peak < PEAK_BYTES
