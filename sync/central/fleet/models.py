"""Releases, pins and commands as staff made them; results and answers as stations told them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits

VERSION_CHARS: Final = 40
COMMAND_CHARS: Final = 32
CODE_CHARS: Final = 32


class Release(models.Model):
    """A program that stations install, and how far it has been let out."""

    version: models.CharField[str, str] = models.CharField(primary_key=True, max_length=VERSION_CHARS)
    sha256: models.CharField[str, str] = models.CharField(max_length=64)
    size: models.BigIntegerField[int, int] = models.BigIntegerField()
    seed: models.CharField[str, str] = models.CharField(max_length=32)
    percent: models.IntegerField[int, int] = models.IntegerField(default=0)
    regions: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    is_paused: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    # of failures, by the office itself; empty if staff paused it
    paused_because: models.CharField[str, str] = models.CharField(max_length=limits.DETAIL_CHARS, blank=True)
    forgiven: models.IntegerField[int, int] = models.IntegerField(default=0)    # failures staff saw and went on
    is_withdrawn: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    is_downgrade_allowed: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    added_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    def __str__(self) -> str:
        return self.version


class Pin(models.Model):
    """The version one station keeps to."""

    station: models.OneToOneField[Station, Station] = models.OneToOneField(Station, models.CASCADE, primary_key=True)
    version: models.CharField[str, str] = models.CharField(max_length=VERSION_CHARS)
    station_id: str


class Command(models.Model):
    """What staff told a station to do."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    command: models.CharField[str, str] = models.CharField(primary_key=True, max_length=COMMAND_CHARS)
    do: models.CharField[str, str] = models.CharField(max_length=COMMAND_CHARS)
    who: models.CharField[str, str] = models.CharField(max_length=limits.USER_CHARS)
    issued_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    station_id: str


class Act(models.Model):
    """Who did what to releases and stations: the audit; no event makes it, so no rebuild deletes it."""

    id: int
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    who: models.CharField[str, str] = models.CharField(max_length=limits.USER_CHARS)   # empty: the office by itself
    what: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS)  # in words
    version: models.CharField[str, str] = models.CharField(max_length=VERSION_CHARS, blank=True)
    station: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS, blank=True)
    detail: models.CharField[str, str] = models.CharField(max_length=limits.DETAIL_CHARS, blank=True)

    class Meta:
        """Looked up by station."""

        indexes: ClassVar = [models.Index(fields=["station"], name="fleet_act_station")]


class Result(models.Model):
    """What a station told of a version; made from events alone."""

    class Kind(models.TextChoices):
        """The four things that happen to a program."""

        INSTALLED = "installed", "已安装，等重启"
        COMMITTED = "committed", "用上了"
        ROLLED_BACK = "rolled_back", "退回了"
        FAILED = "failed", "没装上"

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    version: models.CharField[str, str] = models.CharField(max_length=VERSION_CHARS)
    kind: models.CharField[str, str] = models.CharField(max_length=16, choices=Kind.choices)
    code: models.CharField[str, str] = models.CharField(max_length=CODE_CHARS, blank=True)
    at: models.CharField[str, str] = models.CharField(max_length=40)    # as the station's clock said: tells it twice
    at_utc: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    station_id: str

    class Meta:
        """Told again in a later epoch it is the same; versions are counted."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "version", "kind", "at"], name="fleet_result_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["version"], name="fleet_result_version")]


class Answer(models.Model):
    """What became of a command; made from events alone."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    command: models.CharField[str, str] = models.CharField(max_length=COMMAND_CHARS)
    how: models.CharField[str, str] = models.CharField(max_length=16, blank=True)
    code: models.CharField[str, str] = models.CharField(max_length=CODE_CHARS, blank=True)
    detail: models.CharField[str, str] = models.CharField(max_length=limits.DETAIL_CHARS, blank=True)
    at_utc: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    log: models.TextField[str, str] = models.TextField(blank=True)
    station_id: str

    class Meta:
        """The first answer counts."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "command"], name="fleet_answer_once")]
