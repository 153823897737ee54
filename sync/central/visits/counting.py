"""The read model of visits: each check-in counts once, an undone one not at all."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from sync.central.core.projector import Told
from sync.protocol.events import CheckedIn, CheckinUndone

from .models import Checkin, DailyCount


def count_visits(events: Sequence[Told]) -> None:
    """Take check-ins and undos into the daily counts, in whatever order they come."""
    for told in events:
        if isinstance(told.event, CheckedIn):
            _check_in(told, told.event)
        elif isinstance(told.event, CheckinUndone):
            _undo(told, told.event)


def _check_in(told: Told, event: CheckedIn) -> None:
    local = told.local
    row, is_new = Checkin.objects.get_or_create(
        station_id=told.station,
        checkin=_text(event.checkin),
        defaults={
            "date": local.date(),
            "hour": local.hour,
            "trade": _text(event.trade),
            "companion": event.companion,
        },
    )
    # Known already: told again in a later epoch, or undone before it was told.
    if is_new:
        _add(row, 1)


def _undo(told: Told, event: CheckinUndone) -> None:
    row, is_new = Checkin.objects.get_or_create(
        station_id=told.station, checkin=_text(event.checkin), defaults={"undone": True}
    )
    if is_new or row.undone:
        return
    row.undone = True
    row.save(update_fields=["undone"])
    _add(row, -1)


def _add(row: Checkin, step: int) -> None:
    cell, _ = DailyCount.objects.get_or_create(
        station_id=row.station_id, date=row.date, hour=row.hour, trade=row.trade
    )
    DailyCount.objects.filter(pk=cell.pk).update(
        visits=F("visits") + step, companions=F("companions") + step * row.companion
    )


def _text(value: str) -> str:
    return value.replace("\0", "")[:64]
