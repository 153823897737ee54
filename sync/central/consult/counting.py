"""Every consultation once, as the office's record and the station's events have it together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from .models import Consultation, Ending, State, StationCall, Treatment

TALKED: Final = "talked"
LEFT: Final = "left"
OPEN: Final = "open"        # not over yet
# What can fail, most of it said by the station: the causes, in words for those who mend them.
CAUSES: Final = {
    "no-doctor": "没有医生接听",
    "cancelled": "医生取消",
    "doctor-lost": "医生掉线",
    "no-line": "驿站网络断了",
    "no-camera": "摄像头或话筒不能用",
    "crashed": "通话窗口出错",
    "refused": "总工会端没有受理",
    "disk-full": "驿站磁盘满",
    "clock-wrong": "驿站时间不对",
    "power": "驿站断电",
}
_OF_ENDING: Final = {Ending.LOST.value: "no-line"}


class Call(NamedTuple):
    """One consultation."""

    day: date
    station: str
    doctor: int | None          # who treated, the last of several
    outcome: str                # TALKED, LEFT, OPEN, or one of CAUSES
    connected: bool
    waited_s: int | None
    talked_s: int
    stars: int | None


class _Record(NamedTuple):
    call: str
    station: str
    doctor: int | None
    state: str
    ending: str
    asked_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    stars: int | None


def calls(first: date, last: date) -> Iterator[Call]:
    """All consultations asked for on these days; the day is the office's, or the station's if it alone knows."""
    known = Consultation.objects.filter(asked_at__gte=_midnight(first))
    known = known.filter(asked_at__lt=_midnight(last + timedelta(days=1)))
    told = {(row.station_id, row.call): row for row in StationCall.objects.filter(call__in=known.values("call"))}
    treated = Treatment.objects.filter(consultation=OuterRef("pk")).order_by("-since", "-id")
    rows = known.annotate(last=Subquery(treated.values("doctor")[:1])).order_by("asked_at").values_list(
        "call", "station_id", "last", "state", "ending", "asked_at", "accepted_at", "ended_at", "stars"
    )
    for row in rows:
        record = _Record(*row)
        yield _merged(record, told.get((record.station, record.call)))
    same = Consultation.objects.filter(pk=OuterRef("call"), station=OuterRef("station"))
    for alone in StationCall.objects.filter(~Exists(same), day__range=(first, last)).order_by("day", "id"):
        yield _told(alone)


def _merged(record: _Record, told: StationCall | None) -> Call:
    over = record.accepted_at or record.ended_at
    waited_s = _between(record.asked_at, over) if over else None
    talked_s = _between(record.accepted_at, record.ended_at) if record.accepted_at and record.ended_at else 0
    return Call(
        day=timezone.localdate(record.asked_at),
        station=record.station,
        doctor=record.doctor,
        outcome=_outcome(record, told.how if told else ""),
        connected=record.accepted_at is not None,
        waited_s=waited_s,
        talked_s=talked_s,
        stars=told.stars if told else record.stars,
    )


def _outcome(record: _Record, how: str) -> str:
    """The office decides; but only the station knows why its side was gone."""
    if State(record.state) is not State.ENDED:
        return OPEN
    if record.ending in {Ending.LEFT, Ending.LOST} and how in CAUSES:
        return how
    return _OF_ENDING.get(record.ending, record.ending)


def _told(row: StationCall) -> Call:
    return Call(
        day=row.day,
        station=row.station_id,
        doctor=None,
        outcome=row.how or OPEN,
        connected=row.connected or row.how == TALKED,
        waited_s=row.waited_s,
        talked_s=row.talked_s,
        stars=row.stars,
    )


def _between(first: datetime, last: datetime) -> int:
    return max(0, round((last - first).total_seconds()))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
