"""The read model of the drift: lists moves, folds copies and publishes those that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from sync.central.core.models import Event
from sync.central.core.projector import Told
from sync.central.core.publishing import publish
from sync.central.core.stations import names_of
from sync.protocol import documents as docs
from sync.protocol.documents import Stamp, decode_document
from sync.protocol.drift import Placed, fold, origin_of
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved, decode_entry, kind_of

from .models import Copy, Move

BOOK_KINDS = tuple(Move.Kind.values)


class _ToldBook(NamedTuple):
    """A book event at its place, and when it was by the station's own clock."""

    at: datetime
    placed: Placed


def follow_books(events: Sequence[Told]) -> None:
    """Take book events into moves and copies."""
    moves = [_move(told) for told in events if isinstance(told.event, BookBorrowed | BookReturned | BookShelved)]
    Move.objects.bulk_create([move for move in moves if move is not None], ignore_conflicts=True)
    refold({move.label for move in moves if move is not None})


def refold(labels: Iterable[str]) -> None:
    """Bring these copies to where all their events say they are, and publish what changed."""
    # Locked in one order, and before the events are read: two projectors must not pass each other.
    copies = list(Copy.objects.select_for_update().filter(label__in=set(labels)).order_by("label"))
    told = _events_of([copy.label for copy in copies])
    changed: dict[str, list[docs.Copy]] = defaultdict(list)
    for copy in copies:
        folded = _fold_once(decode_document(docs.Copy, copy.catalogued), told[copy.label])
        copy.status, copy.loans = folded.status, folded.loans
        copy.station_id = folded.station or None
        changed[copy.scope].append(folded)
    Copy.objects.bulk_update(copies, ["status", "loans", "station"], batch_size=200)
    for scope, folded in changed.items():
        publish(scope, _with_names(folded))


def _fold_once(copy: docs.Copy, told: Iterable[_ToldBook]) -> docs.Copy:
    """The copy after these events; one that was carried into a later epoch, and told in both, counts once."""
    first: dict[tuple[str, datetime, BookEvent], Placed] = {}
    again: list[Stamp] = []
    for at, placed in told:
        fact = (placed.stamp.station, at, placed.event)
        if first.setdefault(fact, placed) is not placed:
            again.append(placed.stamp)
    copy = fold(copy, first.values())
    seen = dict(copy.seen)
    for stamp in again:
        seen[origin_of(stamp)] = max(stamp.seq, seen.get(origin_of(stamp), 0))
    return msgspec.structs.replace(copy, seen=seen)


def _events_of(labels: Sequence[str]) -> dict[str, list[_ToldBook]]:
    told: dict[str, list[_ToldBook]] = defaultdict(list)
    rows = Event.objects.filter(subject__in=labels, kind__in=BOOK_KINDS).select_related("journal")
    for row in rows.order_by("journal_id", "seq"):
        entry = decode_entry(bytes(row.line))
        if isinstance(entry.event, BookBorrowed | BookReturned | BookShelved):
            stamp = Stamp(row.at_utc, row.journal.station_id, row.journal.epoch, row.seq)
            told[row.subject].append(_ToldBook(entry.at, Placed(stamp, entry.event)))
    return told


def _with_names(copies: Sequence[docs.Copy]) -> list[docs.Copy]:
    names = names_of({stop for copy in copies for stop in (*copy.stops, copy.station)})
    return [
        msgspec.structs.replace(
            copy, names={stop: names[stop] for stop in (*copy.stops, copy.station) if stop in names}
        )
        for copy in copies
    ]


def _move(told: Told) -> Move | None:
    event = told.event
    if not isinstance(event, BookBorrowed | BookReturned | BookShelved):
        return None
    return Move(
        station_id=told.station,
        epoch=told.epoch,
        seq=told.seq,
        kind=kind_of(event),
        label=event.label.replace("\0", "")[:64],
        at_raw=told.at.isoformat(),
        at_utc=told.at_utc,
        on_date=told.local.date(),
    )
