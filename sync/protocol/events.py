"""Events: facts that happened at a station. Kinds are never renamed and never reused.

An event lies in the journal, and travels, as the JSON of one `Entry`:
`{"seq": 17, "at": "2026-11-23T14:26:03.120+08:00", "event": {"kind": "checkin.made", …}}`.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec

from .errors import UnknownKind, WireError

MAX_LINE_BYTES: Final = 64 * 1024
Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Base of all events; a subclass is flat and complete, a new meaning is a new kind."""


class VisitEnded(Event, frozen=True, kw_only=True, tag="visit.ended"):
    """A worker's turn at the screen is over."""

    how: Literal["home", "idle", "next"]
    seconds: int
    language: str = "zh_CN"


class CheckedIn(Event, frozen=True, kw_only=True, tag="checkin.made"):
    """A worker, or a companion of one, came in to rest: one visit (人次)."""

    checkin: str        # random id, so that an undo can name it
    trade: str          # trade document's key
    member: str = ""    # keyed hash of the member code, empty if anonymous
    companion: bool = False


class CheckinUndone(Event, frozen=True, kw_only=True, tag="checkin.undone"):
    """The worker took a check-in back within ten seconds."""

    checkin: str


class BookBorrowed(Event, frozen=True, kw_only=True, tag="book.borrowed"):
    """A worker took a copy off the shelf."""

    label: str          # copy label, check character included; raw if nobody knows it
    due_on: date        # local date, station's time zone
    borrower: str = ""  # keyed hash of the member, empty if nobody was asked
    trade: str = ""
    repaired: bool = False  # the copy was still out in another name


class BookReturned(Event, frozen=True, kw_only=True, tag="book.returned"):
    """A copy that was out came back, to this station's shelf."""

    label: str


class BookShelved(Event, frozen=True, kw_only=True, tag="book.shelved"):
    """A copy that was not out was put on this station's shelf; also finds a missing one."""

    label: str


class CodeUnknown(Event, frozen=True, kw_only=True, tag="code.unknown"):
    """A code that nothing here knows was scanned."""

    raw: str            # printable part, at most 64 characters


class DeviceFaulted(Event, frozen=True, kw_only=True, tag="device.faulted"):
    """A device stopped working."""

    device: str
    code: str           # the DeviceError's code


class DeviceRecovered(Event, frozen=True, kw_only=True, tag="device.recovered"):
    """A device that had failed works again."""

    device: str


AnyEvent = (
    VisitEnded
    | CheckedIn
    | CheckinUndone
    | BookBorrowed
    | BookReturned
    | BookShelved
    | CodeUnknown
    | DeviceFaulted
    | DeviceRecovered
)
BookEvent = BookBorrowed | BookReturned | BookShelved


class Entry(msgspec.Struct, frozen=True):
    """One line of a journal: the event, its place in the epoch and the station's raw clock."""

    seq: int            # 1, 2, 3 … without gaps within an epoch
    at: Aware           # station's local offset, as its clock said
    event: AnyEvent


class RawEntry(msgspec.Struct, frozen=True):
    """An `Entry` whose event may be of a kind that only a newer program knows."""

    seq: int
    at: Aware
    event: msgspec.Raw


class _Tag(msgspec.Struct):
    kind: str


_encoder = msgspec.json.Encoder()
_entries = msgspec.json.Decoder(Entry)
_raw_entries = msgspec.json.Decoder(RawEntry)
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_tags = msgspec.json.Decoder(_Tag)
_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in AnyEvent.__args__)


def known_kinds() -> frozenset[str]:
    """Every event kind this program knows."""
    return _KINDS


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
    _check_seq(entry.seq)
    return entry


def _check_seq(seq: int) -> None:
    if seq < 1 or seq >= 2**53:
        raise WireError("journal line: seq out of range")


def decode_event(raw: bytes | msgspec.Raw) -> AnyEvent:
    """One event from its JSON; raises UnknownKind for a newer kind, WireError for a broken one."""
    try:
        kind = _tags.decode(raw).kind
        if kind not in _KINDS:
            raise UnknownKind(kind[:64])
        return _events.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"event: {cause}") from cause


def kind_on_wire(raw: bytes | msgspec.Raw) -> str:
    """The kind an event's JSON claims, known or not; raises WireError."""
    try:
        return _tags.decode(raw).kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"event: {cause}") from cause


def decode_entry(line: bytes) -> Entry:
    """A journal line of a kind we know; raises WireError, UnknownKind."""
    try:
        entry = _entries.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Read once more in parts, to tell a newer kind from a broken line.
        raw = decode_raw_entry(line)
        return Entry(raw.seq, raw.at, decode_event(raw.event))
    _check_seq(entry.seq)
    return entry


def digest_of(line: bytes) -> str:
    """Hash of a line's exact bytes, 64 hex digits."""
    return hashlib.sha256(line).hexdigest()
