"""An event, and the line of a journal it lies in, whatever its kind."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Final

import msgspec

from sync.protocol.errors import WireError

MAX_LINE_BYTES: Final = 64 * 1024
Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Base of all events; a subclass is flat and complete, a new meaning is a new kind."""


class RawEntry(msgspec.Struct, frozen=True):
    """An `Entry` whose event may be of a kind that only a newer program knows."""

    seq: int
    at: Aware
    event: msgspec.Raw


class _Tag(msgspec.Struct):
    kind: str


_encoder = msgspec.json.Encoder()
_raw_entries = msgspec.json.Decoder(RawEntry)
_tags = msgspec.json.Decoder(_Tag)


def kind_of(event: Event | type[Event]) -> str:
    """The kind of an event, or of a class of them, as it is on the wire: `book.borrowed`."""
    return str(event.__struct_config__.tag)


def encode_entry(seq: int, at: datetime, event: Event) -> bytes:
    """The exact bytes of one journal line, without a line end; these are what the digest covers."""
    at_ms = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return _encoder.encode(RawEntry(seq, at_ms, msgspec.Raw(_encoder.encode(event))))


def renumber_entry(line: bytes, seq: int) -> bytes:
    """The same event at another place in another epoch; unknown kinds and fields are kept."""
    entry = decode_raw_entry(line)
    return _encoder.encode(RawEntry(seq, entry.at, entry.event))


def decode_raw_entry(line: bytes) -> RawEntry:
    """A journal line with its event left as bytes; raises WireError."""
    try:
        entry = _raw_entries.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"journal line: {cause}") from cause
    check_seq(entry.seq)
    return entry


def check_seq(seq: int) -> None:
    """Whether this can be a place in an epoch; raises WireError."""
    if seq < 1 or seq >= 2**53:
        raise WireError("journal line: seq out of range")


def kind_on_wire(raw: bytes | msgspec.Raw) -> str:
    """The kind an event's JSON claims, known or not; raises WireError."""
    try:
        return _tags.decode(raw).kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"event: {cause}") from cause


def digest_of(line: bytes) -> str:
    """Hash of a line's exact bytes, 64 hex digits."""
    return hashlib.sha256(line).hexdigest()
