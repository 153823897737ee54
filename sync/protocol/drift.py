"""Where a drift book is: a pure fold over its events, the same on station and in the office.

The order is (corrected time, station, epoch, seq), and within a journal seq alone: a clock that was
set back undoes no return. Any interleaving and any repetition of the same events gives the same
state; events that `Copy.seen` covers are not applied again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from .documents import Copy, Stamp
from .events import BookBorrowed, BookEvent


class Placed(msgspec.Struct, frozen=True):
    """A book event at its place in the order."""

    stamp: Stamp
    event: BookEvent


def origin_of(stamp: Stamp) -> str:
    """The journal an event came from, as `Copy.seen` names it."""
    return f"{stamp.station}/{stamp.epoch}"


def fold(copy: Copy, events: Iterable[Placed]) -> Copy:
    """The copy after these events, given in any order and any number of times."""
    fresh = {
        (placed.stamp.station, placed.stamp.epoch, placed.stamp.seq): placed
        for placed in events
        if placed.event.label == copy.label and placed.stamp.seq > copy.seen.get(origin_of(placed.stamp), 0)
    }
    for placed in sorted(_rising(copy.last, fresh.values()), key=lambda placed: placed.stamp):
        copy = _step(copy, placed)
    return copy


def _rising(last: Stamp | None, fresh: Iterable[Placed]) -> Iterator[Placed]:
    """These events, none of them earlier than one with a lower seq of the same journal."""
    latest = {} if last is None else {origin_of(last): last.at}
    for placed in sorted(fresh, key=lambda placed: placed.stamp.seq):
        stamp = placed.stamp
        origin = origin_of(stamp)
        at = latest[origin] = max(stamp.at, latest.get(origin, stamp.at))
        yield placed if at == stamp.at else Placed(msgspec.structs.replace(stamp, at=at), placed.event)


def _step(copy: Copy, placed: Placed) -> Copy:
    stamp, event = placed.stamp, placed.event
    origin = origin_of(stamp)
    seen = {**copy.seen, origin: max(stamp.seq, copy.seen.get(origin, 0))}
    loans = copy.loans + isinstance(event, BookBorrowed)
    if copy.last is not None and stamp < copy.last:
        # Told late: it counts as a loan, but what happened afterwards decides where the book is.
        return msgspec.structs.replace(copy, seen=seen, loans=loans)
    stops = copy.stops if copy.stops[-1:] == (stamp.station,) else (*copy.stops, stamp.station)
    borrowed = event if isinstance(event, BookBorrowed) else None
    return msgspec.structs.replace(
        copy,
        status="on_loan" if borrowed else "on_shelf",
        station=stamp.station,
        borrower=borrowed.borrower if borrowed else "",
        due_on=borrowed.due_on if borrowed else None,
        loans=loans,
        stops=stops,
        last=stamp,
        seen=seen,
    )
