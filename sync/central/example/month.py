"""A made-up month at the example's stations, the same one each time, so that charts and tables can be judged.

It lies in the epoch 示例 of each station, apart from whatever a real station sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Final, Literal, NamedTuple

from django.db import transaction
from django.utils import timezone

from devices.codes import make_label
from sync.central.core.examples import EPOCH
from sync.central.core.models import Event, Journal
from sync.protocol.events import BookBorrowed, BookReturned, digest_of, encode_entry, kind_of
from sync.protocol.events.base import Event as Fact
from sync.protocol.events.faults import FaultReported
from sync.protocol.events.visits import CheckedIn, CheckinUndone

DAYS: Final = 30
UNTOUCHED: Final = 90       # copies of the lowest numbers stay on their shelves, for whoever tries a loan
_SEED: Final = 20_261_129
_VISITS: Final = (46, 31, 22)           # on a usual day, by station
_WEEKDAYS: Final = (1.0, 1.05, 1.0, 1.1, 1.15, 0.8, 0.65)
_TRADES: Final = {
    "food_delivery": 30, "courier": 22, "sanitation": 16, "ride_hailing": 12, "construction": 8, "truck_driver": 6,
    "traffic_police": 3, "other": 3,
}
_HOURS: Final = {
    6: 3, 7: 4, 8: 5, 9: 6, 10: 8, 11: 12, 12: 16, 13: 14, 14: 9, 15: 8, 16: 7, 17: 9, 18: 10, 19: 7, 20: 4,
}
_FAULTS: Final[Sequence[tuple[int, int, str, Literal["broken", "missing", "dirty"]]]] = (
    (1, 21, "饮用水", "broken"), (2, 12, "冰箱", "dirty"), (1, 3, "换电柜", "broken"), (0, 1, "雨具", "missing"),
)


class _Told(NamedTuple):
    at: datetime
    station: str
    fact: Fact


@transaction.atomic
def fill_month(stations: Sequence[str], now: datetime) -> int:
    """Store the month that ends now; how many events. They are counted when the projector runs."""
    told = [one for one in (*_visits(stations, now), *_loans(stations, now), *_faults(stations, now)) if one.at <= now]
    by_station: dict[str, list[_Told]] = defaultdict(list)
    for one in sorted(told, key=lambda one: one.at):
        by_station[one.station].append(one)
    for station in stations:
        facts = by_station[station]
        journal = Journal.objects.create(station_id=station, epoch=EPOCH, head=len(facts), opened_at=now)
        rows = [_row(journal, seq, one, now) for seq, one in enumerate(facts, 1)]
        Event.objects.bulk_create(rows, batch_size=500)
    return len(told)


def _row(journal: Journal, seq: int, told: _Told, now: datetime) -> Event:
    line = encode_entry(seq, told.at, told.fact)
    return Event(
        journal=journal, seq=seq, kind=kind_of(told.fact), subject=getattr(told.fact, "label", ""),
        at=told.at.isoformat(), at_utc=told.at, line=line, digest=digest_of(line), received_at=now,
    )


def _visits(stations: Sequence[str], now: datetime) -> Iterator[_Told]:
    for place, station in enumerate(stations):
        chance = Random(f"{_SEED} visits {station}")  # noqa: S311  # a story, no secret
        for ago in range(DAYS, -1, -1):
            day = timezone.localdate(now) - timedelta(days=ago)
            usual = _VISITS[place % len(_VISITS)] * _WEEKDAYS[day.weekday()]
            for number in range(round(usual * chance.uniform(0.8, 1.2))):
                at = _moment(now, ago, chance)
                checkin = f"example-{place}-{ago}-{number}"
                [trade] = chance.choices(list(_TRADES), list(_TRADES.values()))
                yield _Told(at, station, CheckedIn(checkin=checkin, trade=trade, companion=chance.random() < 0.08))
                if chance.random() < 0.01:
                    yield _Told(at + timedelta(seconds=6), station, CheckinUndone(checkin=checkin))


def _loans(stations: Sequence[str], now: datetime) -> Iterator[_Told]:
    """Copies go out, and come back after some days, mostly where they were taken."""
    chance = Random(f"{_SEED} loans")  # noqa: S311
    free_from: dict[int, int] = {}      # copy → days ago that it can be lent again
    where = {number: (number - 1) % len(stations) for number in range(UNTOUCHED + 1, 301)}
    for ago in range(DAYS, -1, -1):
        for _ in range(chance.randint(7, 13)):
            number = chance.choice([copy for copy in where if free_from.get(copy, DAYS) >= ago])
            at, kept = _moment(now, ago, chance), chance.randint(2, 24)
            label, due = make_label(number), timezone.localdate(at) + timedelta(days=30)
            yield _Told(at, stations[where[number]], BookBorrowed(label=label, due_on=due))
            if chance.random() < 0.25:
                where[number] = chance.randrange(len(stations))
            if kept <= ago:
                yield _Told(_moment(now, ago - kept, chance), stations[where[number]], BookReturned(label=label))
            free_from[number] = ago - kept - 1


def _faults(stations: Sequence[str], now: datetime) -> Iterator[_Told]:
    chance = Random(f"{_SEED} faults")  # noqa: S311
    for number, (place, ago, amenity, what) in enumerate(_FAULTS):
        fact = FaultReported(report=f"example-{number}", amenity=amenity, what=what)
        yield _Told(_moment(now, ago, chance), stations[place], fact)


def _moment(now: datetime, days_ago: int, chance: Random) -> datetime:
    [hour] = chance.choices(list(_HOURS), list(_HOURS.values()))
    day = timezone.localdate(now) - timedelta(days=days_ago)
    clock = time(hour, chance.randrange(60), chance.randrange(60), chance.randrange(1_000) * 1_000)
    return datetime.combine(day, clock, timezone.get_default_timezone())
