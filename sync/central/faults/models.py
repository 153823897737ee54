"""Faults: reports as told by events, what staff did, and what both add up to."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits


class What(models.TextChoices):
    """What is wrong."""

    BROKEN = "broken", "坏了"
    MISSING = "missing", "缺了"
    DIRTY = "dirty", "脏了"


class State(models.TextChoices):
    """How far the office is."""

    OPEN = "open", "没人接手"
    TAKEN = "taken", "已接手"
    CLOSED = "closed", "修好了"


class Report(models.Model):
    """A report as a station told it; made from events alone, in the order they were told."""

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    report: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    # Empty: only undone.
    amenity: models.CharField[str, str] = models.CharField(max_length=limits.AMENITY_CHARS, blank=True)
    what: models.CharField[str, str] = models.CharField(max_length=16, blank=True)
    at_utc: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    undone: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    is_late: models.BooleanField[bool, bool] = models.BooleanField(default=False)   # what followed it was told before
    station_id: str

    class Meta:
        """Ids are random, yet only trusted within their station."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "report"], name="fault_report_once")]
        indexes: ClassVar = [models.Index(fields=["station", "amenity"], name="fault_report_item")]


class Action(models.Model):
    """What staff did, after which report; no event makes it, so no rebuild deletes it."""

    class Kind(models.TextChoices):
        """The four things that can be done."""

        TAKE = "take", "接手"
        NOTE = "note", "备注"
        CLOSE = "close", "修好了"
        REOPEN = "reopen", "重新打开"

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    amenity: models.CharField[str, str] = models.CharField(max_length=limits.AMENITY_CHARS)
    # the newest one of the fault at that time
    report: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    kind: models.CharField[str, str] = models.CharField(max_length=16, choices=Kind.choices)
    who: models.CharField[str, str] = models.CharField(max_length=limits.USER_CHARS)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    note: models.CharField[str, str] = models.CharField(max_length=limits.NOTE_CHARS, blank=True)
    station_id: str

    class Meta:
        """Looked up by item."""

        indexes: ClassVar = [models.Index(fields=["station", "amenity"], name="fault_action_item")]


class Fault(models.Model):
    """Reports of one amenity from the first until it was closed, folded with what staff did."""

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    amenity: models.CharField[str, str] = models.CharField(max_length=limits.AMENITY_CHARS)
    first: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)     # id of its first report
    last: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)      # and of the newest
    what: models.CharField[str, str] = models.CharField(max_length=16, choices=What.choices)    # as said last
    reports: models.IntegerField[int, int] = models.IntegerField()
    since: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    state: models.CharField[str, str] = models.CharField(max_length=16, choices=State.choices)
    # who changed the state last
    who: models.CharField[str, str] = models.CharField(max_length=limits.USER_CHARS, blank=True)
    changed_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    station_id: str

    class Meta:
        """A fault begins with one report; the open ones are found by age."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "first"], name="fault_first")]
        indexes: ClassVar = [models.Index(fields=["state", "since"], name="fault_by_age")]
