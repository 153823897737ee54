"""What every app counts by day, side by side."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from .charts import Bars, Row
from .rooms import Glance, brought

_DAYS: Final = 7
_WEEKDAYS: Final = "一二三四五六日"


def days(glance: Glance) -> Bars:
    """The last seven days, today last."""
    first = glance.today - timedelta(days=_DAYS - 1)
    daily = brought(lambda room: room.daily)
    counts = [one.counts(first, glance.today) for one in daily]
    dates = [first + timedelta(days=step) for step in range(_DAYS)]
    return Bars(
        label=f"最近七天{'、'.join(one.name for one in daily)}",
        corner="日期",
        columns=[one.name for one in daily],
        rows=[Row(_words(day, glance.today), [count.get(day, 0) for count in counts]) for day in dates],
        colors=[one.color for one in daily],
    )


def _words(day: date, today: date) -> str:
    return "今天" if day == today else f"{day.day} 日 周{_WEEKDAYS[day.weekday()]}"
