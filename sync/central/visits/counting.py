"""The read model of visits: each check-in counts once, an undone one not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sync.central.core.projecting.read_models import Told
from sync.protocol.events import CheckedIn, CheckinUndone
from sync.protocol.limits import as_key

from .models import Checkin, DailyCount


class _Cell(NamedTuple):
    station_id: str
    date: date
    hour: int
    trade: str


class _Tally:
    """Check-ins of one batch against those known, and what they add up to."""

    def __init__(self, known: dict[tuple[str, str], Checkin]) -> None:
        self._known = known
        self.fresh: list[Checkin] = []
        self.undone: list[Checkin] = []
        self.visits: Counter[_Cell] = Counter()
        self.companions: Counter[_Cell] = Counter()

    def check_in(self, told: Told, event: CheckedIn) -> None:
        """Count it, unless it was told in an earlier epoch or undone before it was told."""
        local = told.local
        if (told.station, as_key(event.checkin)) in self._known:
            return
        row = Checkin(
            station_id=told.station,
            checkin=as_key(event.checkin),
            date=local.date(),
            hour=local.hour,
            trade=as_key(event.trade),
            companion=event.companion,
        )
        self._keep(row)
        self._count(row, 1)

    def undo(self, told: Told, event: CheckinUndone) -> None:
        """Take it back once; one that is told later will find that it is undone."""
        row = self._known.get((told.station, as_key(event.checkin)))
        if row is None:
            self._keep(Checkin(station_id=told.station, checkin=as_key(event.checkin), undone=True))
        elif not row.undone:
            row.undone = True
            if row.pk is not None:
                self.undone.append(row)
            self._count(row, -1)

    def _keep(self, row: Checkin) -> None:
        self._known[row.station_id, row.checkin] = row
        self.fresh.append(row)

    def _count(self, row: Checkin, step: int) -> None:
        if row.date is not None:
            cell = _Cell(row.station_id, row.date, row.hour, row.trade)
            self.visits[cell] += step
            self.companions[cell] += step * row.companion


def count_visits(events: Sequence[Told]) -> None:
    """Take check-ins and undos into the daily counts, in whatever order they come."""
    told_ids = {
        (told.station, as_key(told.event.checkin))
        for told in events
        if isinstance(told.event, CheckedIn | CheckinUndone)
    }
    rows = Checkin.objects.filter(
        station_id__in={station for station, _ in told_ids}, checkin__in={checkin for _, checkin in told_ids}
    )
    tally = _Tally({(row.station_id, row.checkin): row for row in rows})
    for told in events:
        if isinstance(told.event, CheckedIn):
            tally.check_in(told, told.event)
        elif isinstance(told.event, CheckinUndone):
            tally.undo(told, told.event)
    Checkin.objects.bulk_create(tally.fresh)
    Checkin.objects.bulk_update(tally.undone, ["undone"])
    _add_up(tally)


def _add_up(tally: _Tally) -> None:
    """Add a tally to the daily counts; the station's turn is ours, so nobody else counts in these cells."""
    rows = DailyCount.objects.filter(
        station_id__in={cell.station_id for cell in tally.visits}, date__in={cell.date for cell in tally.visits}
    )
    known = {_Cell(row.station_id, row.date, row.hour, row.trade): row for row in rows}
    for cell, step in tally.visits.items():
        row = known.setdefault(cell, DailyCount(**cell._asdict()))
        row.visits += step
        row.companions += tally.companions[cell]
    DailyCount.objects.bulk_create(
        [known[cell] for cell in tally.visits],
        update_conflicts=True,
        unique_fields=["station", "date", "hour", "trade"],
        update_fields=["visits", "companions"],
        batch_size=200,
    )


def forget_visits() -> None:
    """Empty the counts, before every check-in is told again."""
    DailyCount.objects.all().delete()
    Checkin.objects.all().delete()
