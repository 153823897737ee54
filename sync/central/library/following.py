"""The read model of the drift: lists moves, folds copies and publishes those that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

import msgspec
from django.db import transaction

from sync.central.core.models import Document, Event
from sync.central.core.projecting.read_models import Told
from sync.central.core.publishing.documents import publish
from sync.central.core.stations import names_of
from sync.protocol import documents as docs
from sync.protocol.documents import Stamp, decode_document
from sync.protocol.drift import Placed, fold, origin_of
from sync.protocol.errors import WireError
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved, decode_entry, kind_of
from sync.protocol.limits import as_key

from .models import Copy, Move

BOOK_KINDS = tuple(Move.Kind.values)
_PIECE: Final = 200     # copies folded in one transaction


class _ToldBook(NamedTuple):
    """A book event at its place, and when it was by the station's own clock."""

    at: datetime
    placed: Placed


def follow_books(events: Sequence[Told]) -> None:
    """Take book events into moves and copies."""
    moves = [move for told in events if (move := _move(told))]
    Move.objects.bulk_create(moves, ignore_conflicts=True)
    known = _identities_of(moves)
    fresh: dict[str, list[Placed]] = defaultdict(list)
    unclear: set[str] = set()
    for told in events:
        event = told.event
        if not isinstance(event, BookBorrowed | BookReturned | BookShelved):
            continue
        label = as_key(event.label)
        fresh[label].append(Placed(Stamp(told.at_utc, told.station, told.epoch, told.seq), event))
        if told.is_late or (told.station, told.epoch, told.seq) not in known:
            unclear.add(label)  # out of its journal's order, or a fact told before in an earlier epoch
    _bring_up_to_date(fresh, unclear)


def refold(labels: Collection[str]) -> None:
    """Bring these copies to where all their events say they are, and publish what changed."""
    _bring_up_to_date({label: [] for label in labels}, set(labels))


def forget_moves() -> None:
    """Empty the list of moves, before every book event is told again; copies stay where they are."""
    Move.objects.all().delete()


def renew_copies() -> Iterator[int]:
    """Fold every copy anew from all its events, some at a time; yields how many were done."""
    last = ""
    every = Copy.objects.order_by("label").values_list("label", flat=True)
    while labels := list(every.filter(label__gt=last)[:_PIECE]):
        with transaction.atomic():
            refold(labels)
        last = labels[-1]
        yield len(labels)


def fold_on(copy: docs.Copy, fresh: Sequence[Placed]) -> docs.Copy | None:
    """The copy after further events of its own; None if only all of its events together can tell.

    What `seen` covers was folded in ahead of its turn, by an earlier look at all events.
    """
    news = [placed for placed in fresh if placed.stamp.seq > copy.seen.get(origin_of(placed.stamp), 0)]
    if copy.last is not None and any(placed.stamp < copy.last for placed in news):
        return None
    return fold(copy, news)


def fold_all(copy: docs.Copy, told: Iterable[_ToldBook]) -> docs.Copy:
    """The copy after these events; one that was carried into a later epoch, and told in both, counts once."""
    # The moment as it was written, as `Move` knows it: what is one fact here must be one there.
    first: dict[tuple[str, str, BookEvent], Placed] = {}
    again: list[Stamp] = []
    for at, placed in told:
        fact = (placed.stamp.station, at.isoformat(), placed.event)
        if first.setdefault(fact, placed) is not placed:
            again.append(placed.stamp)
    copy = fold(copy, first.values())
    seen = dict(copy.seen)
    for stamp in again:
        seen[origin_of(stamp)] = max(stamp.seq, seen.get(origin_of(stamp), 0))
    return msgspec.structs.replace(copy, seen=seen)


def _bring_up_to_date(fresh: Mapping[str, Sequence[Placed]], unclear: Collection[str]) -> None:
    """Fold these copies on, or anew where that cannot be; publish what changed."""
    # Locked in one order, and before anything is read: two projectors must not pass each other.
    copies = {copy.label: copy for copy in Copy.objects.select_for_update().filter(label__in=fresh).order_by("label")}
    bodies = Document.objects.filter(type=docs.Copy.type, key__in=copies.keys() - set(unclear), body__isnull=False)
    standing: set[str] = set()
    folded: dict[str, docs.Copy] = {}
    for label, body in bodies.values_list("key", "body"):
        with suppress(WireError):   # what cannot be read is made anew
            before = decode_document(docs.Copy, body or "")
            after = fold_on(before, fresh[label])
            if after is before:
                standing.add(label)
            elif after is not None:
                folded[label] = after
    folded |= _folded_anew([copy for label, copy in copies.items() if label not in standing and label not in folded])
    _keep([copies[label] for label in sorted(folded)], folded)


def _folded_anew(copies: Sequence[Copy]) -> dict[str, docs.Copy]:
    folded = {copy.label: decode_document(docs.Copy, copy.catalogued) for copy in copies}
    rows = Event.objects.filter(subject__in=list(folded), kind__in=BOOK_KINDS).select_related("journal")
    # One copy's events in memory at a time.
    in_order = rows.order_by("subject", "journal_id", "seq").iterator(chunk_size=1_000)
    for label, told in groupby(in_order, key=lambda row: row.subject):
        folded[label] = fold_all(folded[label], _told_books(told))
    return folded


def _told_books(rows: Iterable[Event]) -> Iterator[_ToldBook]:
    for row in rows:
        entry = decode_entry(bytes(row.line))
        if isinstance(entry.event, BookBorrowed | BookReturned | BookShelved):
            stamp = Stamp(row.at_utc, row.journal.station_id, row.journal.epoch, row.seq)
            yield _ToldBook(entry.at, Placed(stamp, entry.event))


def _keep(copies: Sequence[Copy], folded: Mapping[str, docs.Copy]) -> None:
    news: dict[str, list[docs.Copy]] = defaultdict(list)
    moved: list[Copy] = []
    for copy in copies:
        now = folded[copy.label]
        news[copy.scope].append(now)
        if (copy.status, copy.loans, copy.station_id) != (now.status, now.loans, now.station or None):
            copy.status, copy.loans, copy.station_id = now.status, now.loans, now.station or None
            moved.append(copy)
    # Not bulk_update, which takes ten times as long.
    Copy.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["label"],
        update_fields=["status", "loans", "station"],
        batch_size=_PIECE,
    )
    for scope, documents in sorted(news.items()):
        publish(scope, _with_names(documents))


def _with_names(copies: Sequence[docs.Copy]) -> list[docs.Copy]:
    names = names_of({stop for copy in copies for stop in (*copy.stops, copy.station)})
    return [
        msgspec.structs.replace(
            copy, names={stop: names[stop] for stop in (*copy.stops, copy.station) if stop in names}
        )
        for copy in copies
    ]


def _identities_of(moves: Sequence[Move]) -> set[tuple[str, str, int]]:
    """Which of these are listed; the others tell again what an earlier epoch told."""
    listed = Move.objects.filter(
        station_id__in={move.station_id for move in moves},
        epoch__in={move.epoch for move in moves},
        seq__in=[move.seq for move in moves],
    )
    return set(listed.values_list("station_id", "epoch", "seq"))


def _move(told: Told) -> Move | None:
    event = told.event
    if not isinstance(event, BookBorrowed | BookReturned | BookShelved):
        return None
    return Move(
        station_id=told.station,
        epoch=told.epoch,
        seq=told.seq,
        kind=kind_of(event),
        label=as_key(event.label),
        at_raw=told.at.isoformat(),
        at_utc=told.at_utc,
        on_date=told.local.date(),
    )
