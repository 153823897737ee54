"""When a station may be started anew: at night, and nobody there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.protocol.documents import StationSettings
from sync.protocol.events import (
    BookBorrowed,
    BookReturned,
    BookShelved,
    CheckedIn,
    CheckinUndone,
    CodeUnknown,
    ConsultationAsked,
    ConsultationConnected,
    ConsultationEnded,
    ConsultationRated,
    FaultReported,
    FaultUndone,
    VisitEnded,
)
from sync.station.clock import Clock
from sync.station.store import Store

_NIGHT_HOURS: Final = range(1, 5)
_EMPTY_FOR: Final = timedelta(minutes=10)
_LONGEST_CALL: Final = timedelta(hours=3)
_BY_WORKERS: Final = (
    VisitEnded, CheckedIn, CheckinUndone, BookBorrowed, BookReturned, BookShelved, CodeUnknown, FaultReported,
    FaultUndone, ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated,
)


def local_now(store: Store, clock: Clock) -> datetime:
    """Now on the wall clock of the station, as well as it can tell."""
    settings = store.documents.find(StationSettings, store.facts.identity().station)
    try:
        zone = ZoneInfo(settings.timezone if settings else "Asia/Shanghai")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("Asia/Shanghai")
    return store.journal.now(clock).astimezone(zone)


def is_night(local: datetime) -> bool:
    """Whether this is the time of day for it."""
    return local.hour in _NIGHT_HOURS


def is_empty(store: Store, now: datetime) -> bool:
    """Whether nobody did anything here for a while, and no call is on."""
    return not store.journal.told(_BY_WORKERS, now - _EMPTY_FOR) and not is_calling(store, now)


def is_calling(store: Store, now: datetime) -> bool:
    """Whether somebody waits for a doctor, or talks to one."""
    calls = store.journal.told((ConsultationAsked, ConsultationEnded), now - _LONGEST_CALL)
    ended = {event.call for event in calls if isinstance(event, ConsultationEnded)}
    return any(isinstance(event, ConsultationAsked) and event.call not in ended for event in calls)
