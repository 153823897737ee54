"""Bodies that are none, and bodies like bombs, against the office as it runs: refused before any of it is kept.

They never come near the database, so one kind of it is enough. After each test a good station is served as if nothing
had been; after all of them memory, log and projector are looked at.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError

import pytest

from sync.protocol import wire

from .hostile import GROWTH_BYTES, PEAK_BYTES, Target, begin_anew, code_of, exchange_well, hello, send, served

PEAK_AT_ONCE_BYTES = 512 * 2**20
AT_ONCE = 12


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with served(tmp_path_factory.mktemp("office")) as target:
        yield target


@pytest.fixture(autouse=True)
def is_served_afterwards(target: Target, request: pytest.FixtureRequest) -> Iterator[None]:
    """A journal of its own for each test, and a good exchange right after it."""
    begin_anew(target, request.node.name)
    yield
    exchange_well(target.good)


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


# Made when it is their turn: collecting tests need not take megabytes.
LARGE: dict[str, Callable[[], bytes]] = {
    "caps": lambda: b"[" + b'"",' * 10_000_000 + b'""]',
    "floors": lambda: b"{" + b",".join(b'"%d":1' % number for number in range(2_000_000)) + b"}",
    "health": lambda: b'{"faults":[' + b'"a",' * 7_000_000 + b'"a"]}',
    "cursor": lambda: b'"' + b"1" * 30 * 2**20 + b'"',
    "later": lambda: b"[[]," * 7_000_000 + b"0",
}


@pytest.mark.parametrize("field", LARGE)
def test_a_hello_of_many_megabytes_is_not_read(target: Target, field: str) -> None:
    first = hello(target.bad)[:-1] + b',"' + field.encode() + b'":' + LARGE[field]() + b"}"
    assert code_of(send(target.bad, first)) == "too-large"


def test_memory_is_bounded_also_when_many_come_at_once(target: Target) -> None:
    assert target.growth < GROWTH_BYTES
    assert target.peak < PEAK_BYTES
    body = bomb(b"\0")

    def throw() -> str:
        try:
            return code_of(target.bad.send(body))
        except URLError:
            return "hung up"    # no room: refused before it was read

    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = [future.result() for future in [pool.submit(throw) for _ in range(AT_ONCE)]]
    assert set(codes) <= {"too-large", "hung up"}
    assert target.peak < PEAK_AT_ONCE_BYTES
