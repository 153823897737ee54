"""Books of the drift: titles, labelled copies, and every move of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits


class Title(models.Model):
    """A book as published, by ISBN-13."""

    isbn: models.CharField[str, str] = models.CharField(primary_key=True, max_length=limits.ISBN_CHARS)
    title: models.CharField[str, str] = models.CharField(max_length=limits.TITLE_CHARS)
    author: models.CharField[str, str] = models.CharField(max_length=limits.AUTHOR_CHARS, blank=True)


class Copy(models.Model):
    """One labelled book: as catalogued, and where its events have brought it."""

    label: models.CharField[str, str] = models.CharField(primary_key=True, max_length=limits.KEY_CHARS)
    title: models.ForeignKey[Title | None, Title | None] = models.ForeignKey(Title, models.PROTECT, null=True)
    scope: models.CharField[str, str] = models.CharField(max_length=limits.SCOPE_CHARS, blank=True)
    catalogued: models.TextField[str, str] = models.TextField()     # copy document before any event
    status: models.CharField[str, str] = models.CharField(max_length=16)
    station: models.ForeignKey[Station | None, Station | None] = models.ForeignKey(Station, models.PROTECT, null=True)
    loans: models.IntegerField[int, int] = models.IntegerField(default=0)
    station_id: str | None


class Move(models.Model):
    """A copy was borrowed, returned or shelved; the borrower is not among what is kept here."""

    class Kind(models.TextChoices):
        """The three things that can be done with a copy at a station."""

        BORROWED = "book.borrowed", "借出"
        RETURNED = "book.returned", "归还"
        SHELVED = "book.shelved", "上架"

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.PROTECT)
    epoch: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    seq: models.BigIntegerField[int, int] = models.BigIntegerField()
    kind: models.CharField[str, str] = models.CharField(max_length=16, choices=Kind.choices)
    label: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    at_raw: models.CharField[str, str] = models.CharField(max_length=40)    # as the station's clock said
    at_utc: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_index=True)
    on_date: models.DateField[date, date] = models.DateField(db_index=True)   # the station's local date
    station_id: str

    class Meta:
        """A copy moves once at a moment; the same fact carried into a later epoch is no second move."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "epoch", "seq"], name="move_identity"),
            models.UniqueConstraint(fields=["station", "kind", "label", "at_raw"], name="move_fact"),
        ]
