"""The read model of consultations as stations told them: in whatever order events come, each fact counts once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, get_args

from sync.central.core.projecting.read_models import Told
from sync.protocol.events import (
    ConsultationAsked,
    ConsultationConnected,
    ConsultationEnded,
    ConsultationRated,
)
from sync.protocol.events.consultations import Outcome
from sync.protocol.limits import as_key

from .models import Consultation, StationCall

_OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
_MOST_S: Final = 7 * 24 * 3600
_Key = tuple[str, str]


def follow_calls(events: Sequence[Told]) -> None:
    """Take what stations told of calls; ratings reach the office's own record too."""
    keyed = [
        ((told.station, as_key(told.event.call)), told)
        for told in events
        if isinstance(told.event, ConsultationAsked | ConsultationConnected | ConsultationEnded | ConsultationRated)
    ]
    if not keyed:
        return
    rows = _known({key for key, _ in keyed})
    for key, told in keyed:
        row = rows.setdefault(key, StationCall(station_id=key[0], call=key[1], day=told.local.date()))
        row.day = min(row.day, told.local.date())
        _take(row, told)
    StationCall.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["station", "call"],
        update_fields=["day", "asked", "connected", "how", "waited_s", "talked_s", "stars"],
        batch_size=100,
    )
    for row in rows.values():
        if row.stars is not None:
            Consultation.objects.filter(pk=row.call, station=row.station_id).update(stars=row.stars)


def forget_calls() -> None:
    """Empty what events made; records, notes and the trail are not theirs."""
    StationCall.objects.all().delete()
    Consultation.objects.exclude(stars=None).update(stars=None)


def _take(row: StationCall, told: Told) -> None:
    event = told.event
    if isinstance(event, ConsultationAsked):
        row.asked = True
    elif isinstance(event, ConsultationConnected):
        row.connected = True
        if not row.how:
            row.waited_s = _seconds(event.waited_s)
    elif isinstance(event, ConsultationRated):
        row.stars = max(row.stars or 0, min(5, max(1, event.stars)))
    elif isinstance(event, ConsultationEnded) and _comes_first(event.how, row.how):
        # Told of two endings, the one that stands first in the protocol is believed, whichever was told first.
        row.how, row.waited_s, row.talked_s = event.how, _seconds(event.waited_s), _seconds(event.talked_s)


def _comes_first(how: str, known: str) -> bool:
    return not known or _OUTCOMES.index(how) < _OUTCOMES.index(known)


def _known(keys: Collection[_Key]) -> dict[_Key, StationCall]:
    rows = StationCall.objects.filter(station_id__in={key[0] for key in keys}, call__in={key[1] for key in keys})
    return {(row.station_id, row.call): row for row in rows}


def _seconds(value: int) -> int:
    return min(_MOST_S, max(0, value))
