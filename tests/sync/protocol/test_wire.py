"""Messages of the exchange: examples that must decode for ever, and bodies with bounds."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import wire
from sync.protocol.documents import TYPES, Copy, StationSettings, decode_document, encode_document, key_of
from sync.protocol.errors import SyncError, TooLarge, WireError
from tests.sync.wire_files import bytes_of, lines_of, lines_of_all

HELLO = wire.Hello(v=1, epoch="e", install="i", acked=0, cursor="", sent_at=datetime(2026, 11, 23, tzinfo=UTC))


def test_the_example_messages_decode_for_ever() -> None:
    hello = wire.decode(wire.Hello, bytes_of("hello-v1.json"))
    assert (hello.acked, hello.cursor, hello.caps) == (16, "g1:204", ("snapshot",))
    assert hello.health.faults == ("scanner:DEVICE-LOST",)
    assert wire.decode(wire.Hello, bytes_of("hello-least-v1.json")).health == wire.Health()
    receipt = wire.decode(wire.Receipt, bytes_of("receipt-v1.json"))
    assert [result.status for result in receipt.results] == ["duplicate", "rejected", "fork"]
    assert wire.decode(wire.Hello, bytes_of("hello-spans-v1.json")).spans == ((1076, 1203), (1204, 1207))
    assert wire.decode(wire.Hello, bytes_of("hello-slips-v1.json")).slips == ((17, 18, 849398763.25), (19, 19, 0.0))
    assert len(wire.decode(wire.Receipt, bytes_of("receipt-spans-v1.json")).spans) == 2
    refusal = wire.decode(wire.Refusal, bytes_of("refusal-v1.json"))
    assert refusal.code == "clock"
    assert refusal.server_time == datetime(2026, 11, 23, 6, 26, 5, tzinfo=UTC)
    assert wire.decode(wire.EnrolRequest, bytes_of("enrol-request-v1.json")).previous == "1111222233334444"
    assert wire.decode(wire.EnrolReply, bytes_of("enrol-reply-v1.json")).previous_head == 0


def test_the_example_documents_decode_for_ever() -> None:
    published = [wire.decode_published(line) for line in lines_of("published-v1.ndjson")]
    every = [wire.decode_published(line) for line in lines_of_all("published-*.ndjson")]
    known = [item for item in every if item.type in TYPES and item.body is not None]
    assert {item.type for item in known} == set(TYPES)
    for item in known:
        assert item.body is not None
        document = decode_document(TYPES[item.type], bytes(item.body))
        assert key_of(document) == item.key
    assert published[6].body is None
    assert bytes(published[7].body or b"") == b'{"legs":2}'


def test_a_document_survives_the_wire() -> None:
    settings = StationSettings(station="330502-01", name="衣裳街", place="新享驿站", region="330502")
    line = wire.encode(wire.Published("station", "330502-01", 3, msgspec.Raw(encode_document(settings))))
    read = wire.decode_published(line)
    assert read.body is not None
    assert decode_document(StationSettings, bytes(read.body)) == settings
    tombstone = wire.encode(wire.Published("copy", "YZ00000028", 4, None))
    assert wire.decode_published(tombstone) == wire.Published("copy", "YZ00000028", 4, None)


def test_a_document_of_the_wrong_shape_is_a_wire_error() -> None:
    for body in (b"[]", b'{"label":5}', b'{"label":"A","status":"eaten"}', b"\xff", b"[" * 50_000):
        with pytest.raises(WireError):
            decode_document(Copy, body)


@given(st.lists(st.binary(max_size=50).filter(lambda line: b"\n" not in line and line != b""), max_size=20))
def test_a_body_survives_packing(lines: list[bytes]) -> None:
    assert wire.unpack(wire.pack(HELLO, lines), wire.Hello) == (HELLO, lines)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_ours(junk: bytes) -> None:
    for body in (junk, gzip.compress(junk)):
        with pytest.raises(SyncError):
            wire.unpack(body, wire.Hello)


@pytest.mark.parametrize("cut", [0, 1, 10, 40, -1])
def test_a_cut_body_is_a_wire_error(cut: int) -> None:
    with pytest.raises(WireError):
        wire.unpack(wire.pack(HELLO, [b"{}"] * 50)[:cut], wire.Hello)


def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            wire.inflate(bomb, limit=1024 * 1024)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_bomb_of_line_ends_is_refused_in_bounded_memory() -> None:
    bomb = wire.pack(HELLO, [b"\n" * (16 * 1024 * 1024)])
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            wire.unpack(bomb, wire.Hello)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert len(wire.unpack(wire.pack(HELLO, [b"{}"] * (wire.MAX_LINES - 1)), wire.Hello)[1]) == wire.MAX_LINES - 1


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert len(wire.inflate(gzip.compress(bytes(1_000)), limit=1_000)) == 1_000
    with pytest.raises(TooLarge):
        wire.inflate(gzip.compress(bytes(1_001)), limit=1_000)


def test_oversized_lines_are_found() -> None:
    assert list(wire.oversized([b"a", b"b" * (64 * 1024 + 1), b"c" * 64 * 1024])) == [1]
