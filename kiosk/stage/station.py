"""The station as the office set it up: its settings and its local time."""

from __future__ import annotations

import logging
import math
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from kiosk.clock import Clock
from sync.protocol.documents import StationSettings
from sync.station.errors import StoreError
from sync.station.facts import CheckWanted
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
        store.journal.clock = clock
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
        """Local time, aware, as well as the station can tell; its zone, not the machine's."""
        zone = _zone_of(self.settings().timezone)
        # What was written before a step is moved with it, or it would be compared with another time. A full disk
        # refuses that, as it refuses everything else, but the time it is can be told.
        with suppress(StoreError):
            self._store.journal.note_clock(zone)
        return self._store.journal.now(self._clock).astimezone(zone)

    def clock_ahead(self) -> timedelta:
        """What to add to the machine's clock to get the station's."""
        ahead = self.now() - self._clock.now()
        return timedelta(seconds=round(ahead.total_seconds()))

    def check_wanted_at_boot_s(self) -> float:
        """When the office asked for a self-test that is not answered yet, after the machine's start; 0: it did not."""
        wanted = self._store.facts.find(CheckWanted)
        return wanted.at_boot_s if wanted and wanted.command and wanted.boot == self._clock.boot_time().boot else 0.0

    def start_of_day(self) -> datetime:
        """Last midnight here."""
        return self.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def is_online(self) -> bool:
        """Whether the office answered lately."""
        standing = self._store.facts.find(Standing)
        if standing is None or standing.last_success is None or standing.failing:
            return False
        age_s = (self._clock.now() - standing.last_success).total_seconds()
        if standing.boot:
            # An older agent told none.
            boot, seconds = self._clock.boot_time()
            age_s = seconds - standing.boot_s if boot == standing.boot else math.inf
        most_s = max(_OFFLINE_AFTER_PERIODS * standing.next_sync_s, 15)
        return -most_s <= age_s <= most_s


@lru_cache(maxsize=8)
def _zone_of(name: str) -> ZoneInfo:
    """The time zone of this name, or China's if there is none; warns once."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):     # OSError: `Asia` is a folder
        log.warning("time zone %r of the station's settings is unknown", name[:64])
        return ZoneInfo(_DEFAULT_ZONE)
