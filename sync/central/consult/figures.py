"""The figures of consultations: all of them, by day, by station and by doctor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sync.central.core.models import Station
from sync.central.office.rooms import Glance

from .counting import CAUSES, LEFT, OPEN, TALKED, Call, calls
from .models import Doctor

_WEEKDAYS: Final = "一二三四五六日"


class Figures(NamedTuple):
    """What some consultations add up to; asked = talked + left + failed + still open."""

    asked: int
    connected: int
    talked: int
    left: int
    failed: dict[str, int]      # cause → how many; only causes there were
    still_open: int
    waited_s: int               # in all
    wait_p50_s: int | None
    wait_p95_s: int | None
    talked_s: int               # in all
    stars: int                  # in all
    rated: int

    @property
    def failures(self) -> int:
        """For whatever cause."""
        return sum(self.failed.values())

    @property
    def rating(self) -> float | None:
        """Stars on average."""
        return round(self.stars / self.rated, 1) if self.rated else None

    @property
    def talked_on_average_s(self) -> int | None:
        """Seconds of a consultation that came about."""
        return round(self.talked_s / self.connected) if self.connected else None


class Line(NamedTuple):
    """The figures of one day, station or doctor."""

    name: str
    note: str
    figures: Figures


class Overview(NamedTuple):
    """All figures of some days."""

    total: Figures
    by_day: list[Line]          # the newest first
    by_station: list[Line]
    by_doctor: list[Line]       # of what they answered


def overview(first: date, last: date) -> Overview:
    """The figures of these days, a line for each day."""
    found = list(calls(first, last))
    days = _grouped(found, lambda call: call.day)
    stations = _grouped(found, lambda call: call.station)
    doctors = _grouped((call for call in found if call.doctor is not None), lambda call: call.doctor)
    names = Station.objects.in_bulk(list(stations))
    who = Doctor.objects.in_bulk(list(doctors))
    return Overview(
        add_up(found),
        [Line(f"{day.month} 月 {day.day} 日", _weekday(day), add_up(days.get(day, ()))) for day in _days(first, last)],
        _most_first(Line(str(names[one]), one, add_up(group)) for one, group in stations.items()),
        _most_first(Line(who[one].name, who[one].title, add_up(group)) for one, group in doctors.items()),
    )


def add_up(found: Iterable[Call]) -> Figures:
    """The figures of these consultations."""
    all_of_them = list(found)
    outcomes = Counter(call.outcome for call in all_of_them)
    waits = sorted(call.waited_s for call in all_of_them if call.waited_s is not None)
    stars = [call.stars for call in all_of_them if call.stars is not None]
    return Figures(
        asked=len(all_of_them),
        connected=sum(call.connected for call in all_of_them),
        talked=outcomes[TALKED],
        left=outcomes[LEFT],
        failed={cause: outcomes[cause] for cause in CAUSES if outcomes[cause]},
        still_open=outcomes[OPEN],
        waited_s=sum(waits),
        wait_p50_s=percentile(waits, 50),
        wait_p95_s=percentile(waits, 95),
        talked_s=sum(call.talked_s for call in all_of_them),
        stars=sum(stars),
        rated=len(stars),
    )


def percentile(values: list[int], percent: int) -> int | None:
    """The least of these sorted values that so many percent of them do not exceed."""
    return values[max(0, -(-len(values) * percent // 100) - 1)] if values else None


def card(glance: Glance) -> dict[str, Any]:
    """What the overview says: counts of today, nothing of anybody."""
    return {"today": add_up(calls(glance.today, glance.today))}


def by_day(first: date, last: date) -> Mapping[date, int]:
    """How many were asked for on each day."""
    return Counter(call.day for call in calls(first, last))


def in_words(seconds: int | None) -> str:
    """A length of time: 4 分 20 秒."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return f"{seconds} 秒"
    if seconds < 3_600:
        return f"{seconds // 60} 分 {seconds % 60:02} 秒"
    return f"{seconds // 3_600} 小时 {seconds % 3_600 // 60:02} 分"


def _grouped(found: Iterable[Call], key: Callable[[Call], Any]) -> dict[Any, list[Call]]:
    groups: dict[Any, list[Call]] = {}
    for call in found:
        groups.setdefault(key(call), []).append(call)
    return groups


def _most_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.figures.asked, line.note, line.name))


def _weekday(day: date) -> str:
    return f"周{_WEEKDAYS[day.weekday()]}"


def _days(first: date, last: date) -> list[date]:
    return [last - timedelta(days=back) for back in range((last - first).days + 1)]
