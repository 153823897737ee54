"""Visits (人次) as counted from check-ins."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits


class Checkin(models.Model):
    """A check-in by its random id, so that it is counted once and can be undone; names nobody."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    checkin: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    date: models.DateField[date | None, date | None] = models.DateField(null=True)
    hour: models.SmallIntegerField[int, int] = models.SmallIntegerField(default=0)
    trade: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS, blank=True)
    companion: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    undone: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    station_id: str

    class Meta:
        """Ids are random, yet only trusted within their station."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "checkin"], name="checkin_once")]


class DailyCount(models.Model):
    """Visits of one trade in one local hour at one station; companions are among the visits."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    date: models.DateField[date, date] = models.DateField()
    hour: models.SmallIntegerField[int, int] = models.SmallIntegerField()
    trade: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    visits: models.IntegerField[int, int] = models.IntegerField(default=0)
    companions: models.IntegerField[int, int] = models.IntegerField(default=0)
    station_id: str

    class Meta:
        """One row a cell."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "date", "hour", "trade"], name="daily_count_cell"),
        ]
        indexes: ClassVar = [models.Index(fields=["date"], name="daily_count_date")]
