"""What came in: journal lines read as far as they can be read. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from sync.protocol.errors import UnknownKind, WireError
from sync.protocol.events import MAX_LINE_BYTES, decode_entry, decode_raw_entry, digest_of, kind_of, kind_on_wire
from sync.protocol.limits import as_key
from sync.protocol.wire import Slip

KEPT_BYTES: Final = MAX_LINE_BYTES
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_OFFSET_NOISE_S: Final = 5.0
_JOURNEY_S: Final = 90.0    # a body within its time, and its wait for a thread
_SEQ: Final = re.compile(rb'\s*\{\s*"seq"\s*:\s*([1-9]\d{0,14})\s*[,}]')


class Arrival(msgspec.Struct, frozen=True):
    """One line of an exchange; `fault` is why it cannot be stored, empty if it can.

    `seq` is None if neither the line nor its neighbours tell it; `claim` is what a broken line says.
    """

    seq: int | None
    line: bytes
    digest: str
    kind: str = ""
    subject: str = ""
    at: datetime = _EARLIEST
    fault: str = ""
    detail: str = ""
    claim: int | None = None


def read_lines(lines: Sequence[bytes]) -> list[Arrival]:
    """Each line as an arrival; one that hides its number takes it from its neighbours, if they tell."""
    arrivals = [_read(line) for line in lines]
    for place in range(1, len(arrivals)):
        before, here = arrivals[place - 1].seq, arrivals[place]
        after = arrivals[place + 1].seq if place + 1 < len(arrivals) else None
        if before is None or here.seq == before + 1:
            continue
        if here.seq is None:
            arrivals[place] = replace(here, seq=before + 1)
        elif after == before + 2:
            # Both neighbours say what this one's number is: it must not look like a gap for ever.
            arrivals[place] = replace(here, seq=before + 1, fault="seq", detail=f"says {here.seq}")
    for place in range(len(arrivals) - 2, -1, -1):
        after = arrivals[place + 1].seq
        if arrivals[place].seq is None and after is not None and after > 1:
            arrivals[place] = replace(arrivals[place], seq=after - 1)
    return arrivals


def clock_offset_s(sent_at: datetime, created: datetime, now: datetime) -> float:
    """What to add to the station's clock to get ours; `created` is what the station takes our time for.

    A body may come slowly: what lies between `created` and now is a wrong clock only if no journey is so long.
    """
    sent = corrected(sent_at, 0).timestamp()
    most = now.timestamp() - sent
    offset = min(max(created.timestamp() - sent, most - _JOURNEY_S), most)
    return offset if abs(offset) > _OFFSET_NOISE_S else 0.0


class Offsets(NamedTuple):
    """What to add to the moments of one exchange's lines: their own slip if the station tells it, or its clock's."""

    clock_s: float
    slips: tuple[Slip, ...] = ()

    def of(self, seq: int) -> float:
        """Seconds to add to the moment of this number's line."""
        slip = self._find(seq)
        return self.clock_s if slip is None else slip[2]

    def tells(self, seq: int) -> bool:
        """Whether the station itself says when this was."""
        return self._find(seq) is not None

    def _find(self, seq: int) -> Slip | None:
        place = bisect_right(self.slips, seq, key=itemgetter(0)) - 1
        return self.slips[place] if place >= 0 and seq <= self.slips[place][1] else None


class Moments:
    """The moments of a journal's lines by our clock, in the order of their numbers."""

    def __init__(self, offsets: Offsets, before: datetime | None, now: datetime) -> None:
        self._offsets = offsets
        self._latest = before or _EARLIEST      # what came before in this journal
        self._now = now

    def of(self, seq: int, at: datetime) -> datetime:
        """When this line's event was: not before the one before it, and not after its arrival."""
        moment = corrected(at, self._offsets.of(seq))
        if moment > self._now:
            # A clock that was years ahead for an hour would hold a book there for years; it proves nothing of the next.
            return self._now
        if not self._offsets.tells(seq):
            moment = max(moment, self._latest)
        self._latest = max(moment, self._latest)
        return moment


def corrected(at: datetime, offset_s: float) -> datetime:
    """A station's moment by our clock, UTC, kept within years any database can hold."""
    try:
        moment = at.astimezone(UTC)
        if offset_s:
            moment += timedelta(seconds=offset_s)
    except OverflowError:
        return _EARLIEST if at.year < 5_000 else _LATEST
    return min(max(moment, _EARLIEST), _LATEST)


def _read(line: bytes) -> Arrival:
    digest = digest_of(line)
    if len(line) > MAX_LINE_BYTES:
        return Arrival(None, line, digest, fault="size", detail=f"{len(line)} bytes", claim=_claimed_seq(line))
    try:
        entry = decode_entry(line)
    except (WireError, UnknownKind) as fault:
        return _read_parts(line, digest, fault)
    return Arrival(entry.seq, line, digest, kind_of(entry.event), as_key(getattr(entry.event, "label", "")), entry.at)


def _read_parts(line: bytes, digest: str, fault: WireError | UnknownKind) -> Arrival:
    """What can be told of a line whose event is of a newer kind, or broken."""
    try:
        entry = decode_raw_entry(line)
        kind = as_key(kind_on_wire(entry.event))
    except WireError as broken:
        return Arrival(None, line, digest, fault="line", detail=broken.detail, claim=_claimed_seq(line))
    if isinstance(fault, UnknownKind):
        return Arrival(entry.seq, line, digest, kind, at=entry.at)
    return Arrival(entry.seq, line, digest, kind, fault="event", detail=fault.detail)


def _claimed_seq(line: bytes) -> int | None:
    found = _SEQ.match(line[:64])
    return int(found[1]) if found else None
