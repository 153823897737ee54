"""The station as the office set it up: its settings and its local time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from kiosk.clock import Clock
from sync.protocol.documents import StationSettings
from sync.station.store import Standing, Store

log = logging.getLogger(__name__)
_OFFLINE_AFTER_PERIODS = 3
_DEFAULT_ZONE = "Asia/Shanghai"
_MOST_LOAN_DAYS = 366


class StationService:
    """Who we are, what time it is here, and whether the office hears us."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.identity = store.facts.identity()

    @property
    def id(self) -> str:
        """This station's id at the office."""
        return self.identity.station

    def settings(self) -> StationSettings:
        """The office's settings as far as they can be used, or plain ones until they have arrived."""
        found = self._store.documents.find(StationSettings, self.id)
        settings = found or StationSettings(station=self.id, name=self.identity.name, place="", region="")
        # A slip of the office's pen must not close the station.
        return replace(
            settings,
            timezone=_zone_of(settings.timezone).key,
            loan_days=min(max(settings.loan_days, 1), _MOST_LOAN_DAYS),
            loan_quota=max(settings.loan_quota, 0),
        )

    def now(self) -> datetime:
        """Local time, aware; the station's zone, not the machine's."""
        return self._clock.now().astimezone(_zone_of(self.settings().timezone))

    def start_of_day(self) -> datetime:
        """Last midnight here."""
        return self.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def clock_offset(self) -> timedelta:
        """The office's clock less ours, as far as known."""
        standing = self._store.facts.find(Standing)
        return timedelta(seconds=standing.clock_offset_s if standing else 0)

    def is_online(self) -> bool:
        """Whether the office answered lately."""
        standing = self._store.facts.find(Standing)
        if standing is None or standing.last_success is None or standing.failing:
            return False
        age_s = (self._clock.now() - standing.last_success).total_seconds()
        return age_s <= max(_OFFLINE_AFTER_PERIODS * standing.next_sync_s, 15)


@lru_cache(maxsize=8)
def _zone_of(name: str) -> ZoneInfo:
    """The time zone of this name, or China's if there is none; warns once."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):     # OSError: `Asia` is a folder
        log.warning("time zone %r of the station's settings is unknown", name[:64])
        return ZoneInfo(_DEFAULT_ZONE)
