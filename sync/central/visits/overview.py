"""What the overview says of visits."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from sync.central.core.publishing.documents import find_published
from sync.central.office.charts import Heat, Row
from sync.central.office.rooms import Figure, Glance
from sync.protocol.documents import Trade

from .models import DailyCount

_OPEN_HOURS: Final = (5, 22)
_UNLISTED: Final = ""


def figures(glance: Glance) -> list[Figure]:
    """Visits of today beside those of yesterday."""
    visits, companions = _visits_on(glance.today)
    yesterday, _ = _visits_on(glance.today - timedelta(days=1))
    return [Figure("今日人次", f"{visits:,}", f"其中同伴 {companions:,} · 昨天全天 {yesterday:,}")]


def heat(glance: Glance) -> Heat:
    """Every published trade, and all others in one row, by hour; the usual hours and any other that has visits."""
    names = {trade.trade: trade.short for trade in sorted(find_published(Trade), key=lambda trade: trade.order)}
    counts: dict[tuple[str, int], int] = defaultdict(int)
    cells = DailyCount.objects.filter(date=glance.today).values_list("trade", "hour").annotate(Sum("visits"))
    for trade, hour, visits in cells:
        counts[trade if trade in names else _UNLISTED, hour] += visits
    busy = [hour for (_, hour), visits in counts.items() if visits]
    hours = range(min([_OPEN_HOURS[0], *busy]), max([_OPEN_HOURS[1], *busy]) + 1)
    if any(trade == _UNLISTED for trade, _ in counts):
        names[_UNLISTED] = "名单外"
    return Heat(
        label="今天各工种每小时人次",
        corner="工种",
        columns=[str(hour) for hour in hours],
        rows=[Row(name, [counts[code, hour] for hour in hours]) for code, name in names.items()],
        column_unit="时",
        value_unit="人次",
    )


def by_day(first: date, last: date) -> dict[date, int]:
    """Visits of each day that had any."""
    days = DailyCount.objects.filter(date__gte=first, date__lte=last)
    return dict(days.values_list("date").annotate(Sum("visits")))


def _visits_on(day: date) -> tuple[int, int]:
    sums = DailyCount.objects.filter(date=day).aggregate(visits=Sum("visits"), companions=Sum("companions"))
    return sums["visits"] or 0, sums["companions"] or 0
