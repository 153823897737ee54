"""Sheets: each set-up test that a station has told of."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits


class Sheet(models.Model):
    """One signed sheet; made from events alone."""

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    # A sheet is told again in a later epoch, and is the same by its signature.
    signature: models.CharField[str, str] = models.CharField(max_length=limits.SIGNATURE_CHARS)
    tested_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    who: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS)
    program: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS, blank=True)
    key: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    parts: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)
    text: models.TextField[str, str] = models.TextField()     # as it was signed
    is_passed: models.BooleanField[bool, bool] = models.BooleanField()
    is_proven: models.BooleanField[bool, bool] = models.BooleanField()
    station_id: str

    class Meta:
        """Told once, whatever the epoch; looked up by station."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "signature"], name="setup_sheet_once")]
        indexes: ClassVar = [models.Index(fields=["station", "tested_at"], name="setup_sheet_newest")]
