"""The messages of one exchange, and the newline-delimited JSON they travel in.

Request: a `Hello` line, then journal lines as they lie in the journal. Reply: a `Receipt`
line, then `Published` lines. Both are gzipped; see docs/protocol.md.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from .decoding import decoder_of
from .digests import Sha256
from .errors import TooLarge, WireError
from .events import MAX_LINE_BYTES, Aware

VERSION: Final = 1
OLDEST_VERSION: Final = 1     # both sides take OLDEST_VERSION to VERSION
CONTENT_TYPE: Final = "application/x-ndjson"
SYNC_PATH: Final = "/api/v1/sync"
ENROL_PATH: Final = "/api/v1/enrol"
SNAPSHOT_PATH: Final = "/api/v1/snapshots/"     # and the snapshot's name
BLOB_PATH: Final = "/api/v1/blobs/"             # and the blob's SHA-256
MAX_EVENTS: Final = 2_000
MAX_LINES: Final = 10_000     # of one body, either way
MAX_HEAD_BYTES: Final = 256 * 1024      # its first line, which is read whole
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MAX_INFLATED_BYTES: Final = 32 * 1024 * 1024
CLOCK_SKEW_S: Final = 300
MAX_SLIPS: Final = 64         # of one hello
MAX_SPANS: Final = 128        # of one hello
MAX_SPAN: Final = 128         # numbers of one span
STATION_ID: Final = r"\A[0-9A-Za-z][0-9A-Za-z-]{0,31}\Z"

Cursor = Annotated[str, Meta(max_length=256)]
Scope = Annotated[str, Meta(max_length=33)]     # empty: everybody; digits: a region; `@ID`: one station
Rev = Annotated[int, Meta(ge=0, lt=2**62)]
Floors = Annotated[dict[Scope, Rev], Meta(max_length=16)]
StationId = Annotated[str, Meta(pattern=STATION_ID)]
Seq = Annotated[int, Meta(ge=1, lt=2**53)]
Span = tuple[Seq, Seq]      # first and last of a run of numbers
Slip = tuple[Seq, Seq, float]       # first and last of a run of numbers, and what to add to their `at`, seconds
Slips = Annotated[tuple[Slip, ...], Meta(max_length=MAX_SLIPS)]
Spans = Annotated[tuple[Span, ...], Meta(max_length=MAX_SPANS)]
Name = Annotated[str, Meta(pattern=r"\A[ -~]{1,64}\Z")]    # of an epoch or an installation


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the station is, told in every exchange."""

    version: str = ""
    pending: int = 0
    rejected: int = 0
    free_mb: int = 0
    faults: tuple[str, ...] = ()    # codes of what is broken now


class Hello(msgspec.Struct, frozen=True, omit_defaults=True):
    """First line of a request: who is asking, and what is already known."""

    v: int
    epoch: Name
    install: Name           # id of the installation, to find cloned disks
    acked: int              # highest seq the station knows to be stored
    cursor: Cursor          # what the office gave last, empty at first
    sent_at: Aware          # station's clock
    health: Health = Health()
    caps: tuple[str, ...] = ()
    floors: Floors = {}     # of these scopes only what is newer, on the way back to the head
    slips: Slips = ()       # how wrong the clock was as these were written; rising, not overlapping
    spans: Spans = ()       # of these parts of the epoch the office shall tell the digest


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event, if not simply stored."""

    seq: int
    status: Literal["duplicate", "rejected", "fork"]
    code: str = ""


class Digest(msgspec.Struct, frozen=True):
    """Proof of what a scope holds of one type: how many live documents, and their digest (digests.py)."""

    count: int
    digest: Sha256


class Snapshot(msgspec.Struct, frozen=True):
    """A file of all live documents of one scope at `rev`: gzipped `Published` lines, got by its name."""

    name: Annotated[str, Meta(pattern=r"\A[0-9A-Za-z._-]{1,96}\Z")]
    rev: Rev
    size: int               # bytes of the file
    sha256: Sha256          # of the file


class ScopeOffer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one of the station's scopes holds now."""

    scope: Scope
    digests: dict[str, Digest] = {}     # by type; a type that is not here has no documents
    snapshot: Snapshot | None = None


class Restart(msgspec.Struct, frozen=True):
    """The cursor was none of ours: what the station should have, so that it fetches only what differs."""

    rev: Rev                # the offer is true at this revision
    scopes: tuple[ScopeOffer, ...]


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """First line of a reply: what is stored, and when to come again."""

    head: int               # highest seq stored for this epoch
    server_time: Aware
    next_sync_s: float
    cursor: Cursor
    more: bool              # further documents wait
    results: tuple[Result, ...] = ()
    restart: Restart | None = None
    spans: tuple[Sha256, ...] = ()      # digests of the spans asked for; an older office tells none


class Published(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document on the wire, read by `decode_published`; a body of null is a tombstone."""

    type: str
    key: str
    rev: int
    body: msgspec.Raw | None
    scope: str = ""


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Body of every 4xx and 5xx: a stable code, and words for a person."""

    code: str
    next_step: str
    server_time: datetime | None = None
    versions: tuple[int, int] | None = None     # oldest and newest the office speaks, with `version`


class EnrolRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a new station sends with its one-time code."""

    code: str
    public_key: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]      # Ed25519
    install: Name
    epoch: Name
    hardware: str = ""
    # Epoch of an earlier enrolment whose unsent events come along.
    previous: Annotated[str, Meta(pattern=r"\A[ -~]{0,64}\Z")] = ""


class EnrolReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which station it became."""

    station: StationId
    name: str
    server_time: Aware
    previous_head: int = 0  # highest seq stored for `previous`: these are not carried
    previous_digest: str = ""   # of the line there: another one means that the journals differ
    command_key: str = ""   # hex, Ed25519: who signs commands; empty from an office that sends none


M = TypeVar("M")


def encode(message: msgspec.Struct) -> bytes:
    """One message as JSON, without a line end."""
    return msgspec.json.encode(message)


def decode(type_: type[M], line: bytes) -> M:
    """One message of a known type; raises WireError."""
    try:
        return decoder_of(type_).decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"{type_.__name__}: {cause}") from cause


class _PublishedLine(msgspec.Struct):
    type: str
    key: str
    rev: int
    body: msgspec.Raw
    scope: str = ""


def decode_published(line: bytes) -> Published:
    """One document of a reply, its body left as bytes; raises WireError."""
    # msgspec reads no `Raw | None`, so null arrives as its four letters.
    found = decode(_PublishedLine, line)
    body = None if bytes(found.body) == b"null" else found.body
    return Published(found.type, found.key, found.rev, body, found.scope)


def pack(head: msgspec.Struct, lines: Iterable[bytes]) -> bytes:
    """A whole body: the head, then the lines, gzipped."""
    return gzip.compress(b"\n".join((encode(head), *lines)) + b"\n", compresslevel=6, mtime=0)


def inflate(body: bytes, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """Gunzip at most `limit` bytes; raises TooLarge, WireError. Memory stays bounded by `limit`."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error as cause:
        raise WireError(f"gzip: {cause}") from cause
    if len(plain) > limit:
        raise TooLarge(f"over {limit} bytes inflated")
    if not inflater.eof:
        raise WireError("gzip: cut off")
    return plain


def unpack(body: bytes, type_: type[M], limit: int = MAX_INFLATED_BYTES) -> tuple[M, list[bytes]]:
    """Head and lines of a gzipped body; raises TooLarge, WireError."""
    # Bounded before they are taken apart: a few KB of gzip hold millions of line ends.
    lines = inflate(body, limit).split(b"\n", MAX_LINES + 1)
    if not lines[-1]:
        lines.pop()
    if len(lines) > MAX_LINES:
        raise TooLarge(f"over {MAX_LINES} lines")
    if not lines:
        raise WireError("empty body")
    if len(lines[0]) > MAX_HEAD_BYTES:
        raise TooLarge(f"first line over {MAX_HEAD_BYTES} bytes")
    return decode(type_, lines[0]), lines[1:]


def oversized(lines: Iterable[bytes]) -> Iterator[int]:
    """Places of the lines that are longer than a line may be."""
    return (place for place, line in enumerate(lines) if len(line) > MAX_LINE_BYTES)
