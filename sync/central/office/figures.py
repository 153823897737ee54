"""What the overview says, from the read models; plain data, no HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from django.db.models import Count, Sum

from devices.codes import format_label
from devices.errors import LabelError
from sync.central.core.models import Station
from sync.central.core.publishing.documents import find_published
from sync.central.library.models import Copy, Move, Title
from sync.central.visits.models import DailyCount
from sync.protocol.documents import Trade

from .health import is_online, is_overdue

_OPEN_HOURS: Final = (5, 22)
_DAYS: Final = 7
_UNLISTED: Final = ""
_WEEKDAYS: Final = "一二三四五六日"


class Figure(msgspec.Struct, frozen=True):
    """One number with its name, and a sentence that puts it in place."""

    name: str
    value: str
    note: str


class HeatRow(msgspec.Struct, frozen=True):
    """Visits of one trade, hour by hour."""

    trade: str
    visits: list[int]


class Heat(msgspec.Struct, frozen=True):
    """Visits of a day by trade and hour."""

    hours: list[int]
    rows: list[HeatRow]


class Day(msgspec.Struct, frozen=True):
    """What happened on one day: visits, books out and books back."""

    name: str
    visits: int
    borrowed: int
    returned: int


class MoveLine(msgspec.Struct, frozen=True):
    """A book went out or came back; nobody's name."""

    at: datetime
    station: str
    title: str
    label: str
    kind: str
    words: str


def figures(stations: Sequence[Station], today: date, now: datetime) -> list[Figure]:
    """The first row of the overview."""
    enrolled = [station for station in stations if station.enrolled_at and not station.revoked_at]
    online = sum(is_online(station, now) for station in enrolled)
    overdue = sum(is_overdue(station, now) for station in enrolled)
    visits, companions = _visits_on(today)
    yesterday, _ = _visits_on(today - timedelta(days=1))
    moves = dict(Move.objects.filter(on_date=today).values_list("kind").annotate(Count("id")))
    copies = dict(Copy.objects.values_list("status").annotate(Count("label")))
    shelved = moves.get(Move.Kind.SHELVED, 0)
    return [
        Figure("今日人次", f"{visits:,}", f"其中同伴 {companions:,} · 昨天全天 {yesterday:,}"),
        Figure(
            "在线站点", f"{online:,} / {len(enrolled):,}",
            _words_for(len(enrolled), overdue),
        ),
        Figure("今日借出", f"{moves.get(Move.Kind.BORROWED, 0):,}", f"现有 {copies.get('on_loan', 0):,} 册在外"),
        Figure("今日归还", f"{moves.get(Move.Kind.RETURNED, 0):,}", f"另上架登记 {shelved:,} 册"),
        Figure("在架图书", f"{copies.get('on_shelf', 0):,}", f"共 {sum(copies.values()):,} 册已贴标签"),
    ]


def heat_of(day: date) -> Heat:
    """Every published trade, and all others in one row, by hour; the usual hours and any other that has visits."""
    names = {trade.trade: trade.short for trade in sorted(find_published(Trade), key=lambda trade: trade.order)}
    counts: dict[tuple[str, int], int] = defaultdict(int)
    cells = DailyCount.objects.filter(date=day).values_list("trade", "hour").annotate(Sum("visits"))
    for trade, hour, visits in cells:
        counts[trade if trade in names else _UNLISTED, hour] += visits
    busy = [hour for (_, hour), visits in counts.items() if visits]
    hours = list(range(min([_OPEN_HOURS[0], *busy]), max([_OPEN_HOURS[1], *busy]) + 1))
    if any(trade == _UNLISTED for trade, _ in counts):
        names[_UNLISTED] = "名单外"
    return Heat(hours, [HeatRow(name, [counts[code, hour] for hour in hours]) for code, name in names.items()])


def days_until(today: date) -> list[Day]:
    """The last seven days, today last."""
    first = today - timedelta(days=_DAYS - 1)
    visits = dict(
        DailyCount.objects.filter(date__gte=first, date__lte=today).values_list("date").annotate(Sum("visits"))
    )
    moves: dict[tuple[date, str], int] = {
        (on_date, kind): count
        for on_date, kind, count in Move.objects.filter(on_date__gte=first, on_date__lte=today)
        .values_list("on_date", "kind")
        .annotate(Count("id"))
    }
    days = [first + timedelta(days=step) for step in range(_DAYS)]
    return [
        Day(
            "今天" if day == today else f"{day.day} 日 周{_WEEKDAYS[day.weekday()]}",
            visits.get(day, 0),
            moves.get((day, Move.Kind.BORROWED), 0),
            moves.get((day, Move.Kind.RETURNED), 0),
        )
        for day in days
    ]


def latest_moves(count: int) -> list[MoveLine]:
    """The latest loans and returns, newest first."""
    moves = list(Move.objects.select_related("station").order_by("-at_utc", "-id")[:count])
    labels = [move.label for move in moves]
    isbns = dict(Copy.objects.filter(label__in=labels).values_list("label", "title_id"))
    titles = dict(Title.objects.filter(isbn__in=[isbn for isbn in isbns.values() if isbn]).values_list("isbn", "title"))
    return [
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


def _words_for(enrolled: int, overdue: int) -> str:
    if not enrolled:
        return "还没有站点登记"
    return f"{overdue:,} 个超过 1 小时未同步" if overdue else "没有站点失联"


def _printed(label: str) -> str:
    """The label as it is printed; a raw one that nobody knows as it is."""
    try:
        return format_label(label)
    except LabelError:
        return label


def _visits_on(day: date) -> tuple[int, int]:
    sums = DailyCount.objects.filter(date=day).aggregate(visits=Sum("visits"), companions=Sum("companions"))
    return sums["visits"] or 0, sums["companions"] or 0
