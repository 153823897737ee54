"""Events: facts that happened at a station, a module a service. Kinds are never renamed and never reused.

An event lies in the journal, and travels, as the JSON of one `Entry`:
`{"seq": 17, "at": "2026-11-23T14:26:03.120+08:00", "event": {"kind": "checkin.made", …}}`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sync.protocol.errors import UnknownKind, WireError

from .base import (
    MAX_LINE_BYTES,
    Aware,
    Event,
    RawEntry,
    check_seq,
    decode_raw_entry,
    digest_of,
    encode_entry,
    kind_of,
    kind_on_wire,
    renumber_entry,
)
from .books import BookBorrowed, BookEvent, BookReturned, BookShelved
from .clocks import ClockStepped
from .codes import CodeUnknown
from .commands import CommandDone, LogsSent
from .consultations import ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated
from .devices import DeviceFaulted, DeviceRecovered, DeviceRemoved
from .faults import FaultReported, FaultUndone
from .releases import UpdateCommitted, UpdateFailed, UpdateInstalled, UpdateRolledBack
from .setup import StationTested
from .visits import CheckedIn, CheckinUndone, VisitEnded

# What is only handed on; a kind stands in the union.
__all__ = [
    "MAX_LINE_BYTES",
    "BookEvent",
    "Event",
    "RawEntry",
    "digest_of",
    "encode_entry",
    "kind_of",
    "renumber_entry",
]

# All kinds there are, a line a service; what is not here is of no kind this program knows.
AnyEvent = (
    VisitEnded | CheckedIn | CheckinUndone
    | BookBorrowed | BookReturned | BookShelved
    | CodeUnknown
    | DeviceFaulted | DeviceRecovered | DeviceRemoved
    | ClockStepped
    | FaultReported | FaultUndone
    | ConsultationAsked | ConsultationConnected | ConsultationEnded | ConsultationRated
    | UpdateInstalled | UpdateCommitted | UpdateRolledBack | UpdateFailed
    | CommandDone | LogsSent
    | StationTested
)


class Entry(msgspec.Struct, frozen=True):
    """One line of a journal: the event, its place in the epoch and the station's raw clock."""

    seq: int            # 1, 2, 3 … without gaps within an epoch
    at: Aware           # station's local offset, as its clock said
    event: AnyEvent


_entries = msgspec.json.Decoder(Entry)
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in AnyEvent.__args__)


def known_kinds() -> frozenset[str]:
    """Every event kind this program knows."""
    return _KINDS


def decode_event(raw: bytes | msgspec.Raw) -> AnyEvent:
    """One event from its JSON; raises UnknownKind for a newer kind, WireError for a broken one."""
    try:
        kind = kind_on_wire(raw)
        if kind not in _KINDS:
            raise UnknownKind(kind[:64])
        return _events.decode(raw)
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
    check_seq(entry.seq)
    return entry
