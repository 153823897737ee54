"""What tests put before an office that is not to be harmed by it: junk for every field, and a look at it afterwards."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import msgspec
import psutil

from sync.central.core.refusals import REFUSALS
from sync.protocol import wire
from sync.protocol.events import CheckedIn, digest_of

from .fake_station import FakeStation, Reply
from .live import LiveOffice, station_of

# What the office may keep after all of this, and need in between: a body of 32 MB is in memory a few times, and
# as many at once as it has threads.
GROWTH_BYTES = 192 * 2**20
PEAK_BYTES = 256 * 2**20
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


class Target(NamedTuple):
    """The office, a station that behaves, one that does not, and the office's memory before it all."""

    office: LiveOffice
    good: FakeStation
    bad: FakeStation
    process: psutil.Process
    rss: int

    @property
    def growth(self) -> int:
        """The memory that it has beyond what it started with."""
        return self.process.memory_info().rss - self.rss

    @property
    def peak(self) -> int:
        """The most memory that the office ever had, beyond what it started with."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 - self.rss


@contextmanager
def served(folder: Path, database_url: str = "") -> Iterator[Target]:
    """An office for the time of the block; after all of it log and projector are looked at."""
    with LiveOffice(folder, database_url=database_url, example=True) as office:
        good, bad = station_of(office, "330502-01"), station_of(office, "330211-01")
        good.epoch = "good"
        for _ in range(20):     # what is loaded at first use is no leak
            exchange_well(good)
        process = psutil.Process(office.server_pid)
        target = Target(office, good, bad, process, process.memory_info().rss)
        yield target
        office.wait_until_projected()
        log = office.log_path.read_text()
        assert SECRET not in log
        assert "Traceback" not in log
        assert len(log) < LOG_BYTES


def begin_anew(target: Target, name: str) -> None:
    """Give the bad station a journal of its own for a test."""
    target.bad.epoch, target.bad.acked = digest_of(name.encode()), 0


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
