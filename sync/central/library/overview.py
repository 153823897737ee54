"""What the overview says of books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.db.models import Count

from devices.codes import format_label
from devices.errors import LabelError
from sync.central.office.rooms import Figure, Glance

from .models import Copy, Move, Title

_MOVES: Final = 6


class MoveLine(msgspec.Struct, frozen=True):
    """A book went out or came back; nobody's name."""

    at: datetime
    station: str
    title: str
    label: str
    kind: str
    words: str


def figures(glance: Glance) -> list[Figure]:
    """Loans and returns of today, and where the copies are."""
    moves = dict(Move.objects.filter(on_date=glance.today).values_list("kind").annotate(Count("id")))
    copies = dict(Copy.objects.values_list("status").annotate(Count("label")))
    shelved = moves.get(Move.Kind.SHELVED, 0)
    return [
        Figure("今日借出", f"{moves.get(Move.Kind.BORROWED, 0):,}", f"现有 {copies.get('on_loan', 0):,} 册在外"),
        Figure("今日归还", f"{moves.get(Move.Kind.RETURNED, 0):,}", f"另上架登记 {shelved:,} 册"),
        Figure("在架图书", f"{copies.get('on_shelf', 0):,}", f"共 {sum(copies.values()):,} 册已贴标签"),
    ]


def borrowed_by_day(first: date, last: date) -> dict[date, int]:
    """Loans of each day that had any."""
    return _by_day(Move.Kind.BORROWED, first, last)


def returned_by_day(first: date, last: date) -> dict[date, int]:
    """Returns of each day that had any."""
    return _by_day(Move.Kind.RETURNED, first, last)


def latest_moves(glance: Glance) -> dict[str, Any]:
    """The latest loans and returns, newest first."""
    moves = list(Move.objects.select_related("station").order_by("-at_utc", "-id")[:_MOVES])
    labels = [move.label for move in moves]
    isbns = dict(Copy.objects.filter(label__in=labels).values_list("label", "title_id"))
    titles = dict(Title.objects.filter(isbn__in=[isbn for isbn in isbns.values() if isbn]).values_list("isbn", "title"))
    lines = [
        MoveLine(
            at=move.at_utc,
            station=move.station.name,
            title=titles.get(isbns.get(move.label) or "", "书目未登记"),
            label=_printed(move.label),
            kind=move.kind,
            words=str(Move.Kind(move.kind).label),
        )
        for move in moves
    ]
    return {"moves": lines, "today": glance.today}


def _by_day(kind: Move.Kind, first: date, last: date) -> dict[date, int]:
    moves = Move.objects.filter(kind=kind, on_date__gte=first, on_date__lte=last)
    return dict(moves.values_list("on_date").annotate(Count("id")))


def _printed(label: str) -> str:
    """The label as it is printed; a raw one that nobody knows as it is."""
    try:
        return format_label(label)
    except LabelError:
        return label
