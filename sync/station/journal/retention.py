"""How long the journal keeps what the office has: long enough to fill the gaps of an office restored from a backup.

What waits or was rejected is never deleted, nor the newest row of an epoch, from which seq goes on, nor what the
kiosk still counts, nor the answer to a command that is still here: it would be answered once more. Freed pages are used
again by the same file; it does not shrink.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from sync.protocol.commands import id_of, subject_of
from sync.protocol.documents import Command, Copy
from sync.protocol.events import BookBorrowed, BookReturned, BookShelved, kind_of
from sync.station.documents.documents import Documents

from .journal import Acked, Journal

_CHUNK: Final = 500
_OF_BOOKS: Final = frozenset(kind_of(kind) for kind in (BookBorrowed, BookReturned, BookShelved))
_COUNTED: Final = timedelta(days=2)     # the kiosk's figures are of today, and of the last day


class Retention(msgspec.Struct, frozen=True):
    """The one place that says how much stays."""

    days: int = 90              # since the office acknowledged it
    most: int = 200_000         # events, about 100 MB
    most_on_full_disk: int = 10_000


RETENTION: Final = Retention()


def forget_old(
    journal: Journal,
    documents: Documents,
    station: str,
    now: datetime,
    *,
    is_disk_full: bool,
    retention: Retention = RETENTION,
) -> int:
    """Delete acknowledged events that are too old or too many, a few at a time; how many that was.

    `now` is the earlier of the office's clock and ours: one wrong clock deletes nothing.
    """
    excess = journal.count("acked") - (retention.most_on_full_disk if is_disk_full else retention.most)
    try:
        limits = _Limits(now - timedelta(days=retention.days), now - _COUNTED)
    except OverflowError:
        return 0
    answered = {subject_of(id_of(command)) for command in documents.all(Command)}
    last, count = 0, 0
    while chunk := journal.acked_after(last, _CHUNK):
        last = chunk[-1].id
        due = [row for place, row in enumerate(chunk) if place < excess or row.is_acked_before(limits.acked)]
        if not due and chunk[-1].acked_at:
            break   # from here on all are younger
        count += journal.forget(
            [
                row.id for row in due
                if row.happened_before(limits.counted) and row.subject not in answered
                and _is_folded(documents, station, row)
            ]
        )
        excess -= len(chunk)
    return count


class _Limits(NamedTuple):
    acked: datetime
    counted: datetime


def _is_folded(documents: Documents, station: str, row: Acked) -> bool:
    """Whether the copy's document has taken this event in, so that the copy stays where it is without it."""
    if row.kind not in _OF_BOOKS:
        return True
    copy = documents.find(Copy, row.subject)
    return copy is not None and copy.seen.get(f"{station}/{row.epoch}", 0) >= row.seq
