"""What the office keeps of stations: identity, journals, quarantine and published documents.

A foreign key has no index of its own where a constraint begins with it: every event pays for each index.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sync.protocol import limits


class Station(models.Model):
    """One rest station; `public_key` is empty until it is enrolled."""

    id: models.CharField[str, str] = models.CharField(primary_key=True, max_length=32)
    name: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS)
    place: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS, blank=True)
    region: models.CharField[str, str] = models.CharField(max_length=6, db_index=True)
    public_key: models.CharField[str, str] = models.CharField(max_length=64, blank=True)
    install: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS, blank=True)
    hardware: models.CharField[str, str] = models.CharField(max_length=200, blank=True)
    enrolled_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    last_sync_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    clock_offset_s: models.FloatField[float, float] = models.FloatField(default=0)
    pending: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    rejected: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    free_mb: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    version: models.CharField[str, str] = models.CharField(max_length=limits.NAME_CHARS, blank=True)
    faults: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} · {self.place}" if self.place else self.name


class EnrolmentCode(models.Model):
    """A one-time code, kept only as a keyed hash."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    station_id: str


class Journal(models.Model):
    """One epoch of a station: how far it is stored, and how far it is projected."""

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.PROTECT, db_index=False)
    epoch: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    head: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    projected: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    opened_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    station_id: str

    class Meta:
        """An epoch belongs to one station; the index finds work for the projector."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "epoch"], name="journal_identity")]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(head__gt=F("projected")), name="journal_unprojected"),
        ]


class Event(models.Model):
    """A stored event: its exact bytes, and what is needed to find it."""

    id: int
    # Its transaction holds the station, so the journal is there: asking for each event would take half the time again.
    journal: models.ForeignKey[Journal, Journal] = models.ForeignKey(
        Journal, models.PROTECT, db_index=False, db_constraint=False
    )
    seq: models.BigIntegerField[int, int] = models.BigIntegerField()
    kind: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    subject: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS, blank=True)
    at: models.CharField[str, str] = models.CharField(max_length=40)
    at_utc: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    line: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64)
    received_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    journal_id: int

    class Meta:
        """Identity is (journal, seq); books are found by label."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["journal", "seq"], name="event_identity")]
        indexes: ClassVar = [
            models.Index(fields=["subject"], condition=~Q(subject=""), name="event_subject"),
        ]


class Turn(models.Model):
    """Locked by whoever tells read models of this station; the journals' own rows are left to its exchanges."""

    station: models.OneToOneField[Station, Station] = models.OneToOneField(Station, models.CASCADE, primary_key=True)


class Quarantine(models.Model):
    """A record that could not be stored or projected, kept raw for staff to mend."""

    class Why(models.TextChoices):
        """At which step it was set aside."""

        REJECTED = "rejected", "无法读取"
        FORK = "fork", "编号冲突"
        PROJECTION = "projection", "无法计入"

    class Resolution(models.TextChoices):
        """What staff did about it."""

        REPLAYED = "replayed", "已补录"
        DROPPED = "dropped", "不再处理"

    id: int
    journal: models.ForeignKey[Journal, Journal] = models.ForeignKey(Journal, models.PROTECT, db_index=False)
    seq: models.BigIntegerField[int, int] = models.BigIntegerField()
    why: models.CharField[str, str] = models.CharField(max_length=16, choices=Why.choices)
    code: models.CharField[str, str] = models.CharField(max_length=32)
    detail: models.CharField[str, str] = models.CharField(max_length=limits.DETAIL_CHARS, blank=True)
    line: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64)
    offset_s: models.FloatField[float, float] = models.FloatField(default=0)   # of the station's clock, when it came
    received_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    resolved_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    resolution: models.CharField[str, str] = models.CharField(max_length=16, choices=Resolution.choices, blank=True)
    note: models.CharField[str, str] = models.CharField(max_length=limits.DETAIL_CHARS, blank=True)

    class Meta:
        """A record sent again is not set aside twice."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["journal", "seq", "why", "digest"], name="quarantine_once"),
        ]


class Document(models.Model):
    """The newest revision of a document in one scope; a body of None is a tombstone.

    Scope: empty for everybody, digits for a region's prefix, `@id` for one station.
    """

    scope: models.CharField[str, str] = models.CharField(max_length=limits.SCOPE_CHARS, blank=True)
    type: models.CharField[str, str] = models.CharField(max_length=16)
    key: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    rev: models.BigIntegerField[int, int] = models.BigIntegerField()
    body: models.TextField[str | None, str | None] = models.TextField(null=True)

    class Meta:
        """Stations pull by scope in the order of revisions."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "key", "scope"], name="document_identity"),
            models.UniqueConstraint(fields=["scope", "rev"], name="document_order"),
        ]


class Digest(models.Model):
    """What one scope holds of one type, kept exact by every publication: see sync/protocol/digests.py."""

    scope: models.CharField[str, str] = models.CharField(max_length=limits.SCOPE_CHARS, blank=True)
    type: models.CharField[str, str] = models.CharField(max_length=16)
    count: models.BigIntegerField[int, int] = models.BigIntegerField()      # live documents
    digest: models.CharField[str, str] = models.CharField(max_length=64)    # of the live documents
    rev: models.BigIntegerField[int, int] = models.BigIntegerField()        # newest, tombstones too

    class Meta:
        """Read by scope."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "type"], name="digest_identity")]


class Snapshot(models.Model):
    """A file of one scope's live documents at `rev`, in the data folder under `name`."""

    scope: models.CharField[str, str] = models.CharField(max_length=limits.SCOPE_CHARS, blank=True)
    name: models.CharField[str, str] = models.CharField(max_length=96, unique=True)
    rev: models.BigIntegerField[int, int] = models.BigIntegerField()
    count: models.BigIntegerField[int, int] = models.BigIntegerField()      # documents in it
    size: models.BigIntegerField[int, int] = models.BigIntegerField()       # bytes of the file
    sha256: models.CharField[str, str] = models.CharField(max_length=64)    # of the file
    made_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    class Meta:
        """The newest of a scope is offered."""

        indexes: ClassVar = [models.Index(fields=["scope", "rev"], name="snapshot_newest")]


class Blob(models.Model):
    """A file that documents need, in the data folder under its SHA-256."""

    sha256: models.CharField[str, str] = models.CharField(primary_key=True, max_length=64)
    size: models.BigIntegerField[int, int] = models.BigIntegerField()
    media_type: models.CharField[str, str] = models.CharField(max_length=32)
    name: models.CharField[str, str] = models.CharField(max_length=200)     # of the file that was added
    added_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()


class Counter(models.Model):
    """The one row revisions are taken from; `generation` changes after a restore."""

    rev: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    generation: models.CharField[str, str] = models.CharField(max_length=32)


class Nonce(models.Model):
    """A signature seen, remembered while it could be replayed."""

    station: models.ForeignKey[Station, Station] = models.ForeignKey(
        Station, models.CASCADE, db_index=False, db_constraint=False
    )
    nonce: models.CharField[str, str] = models.CharField(max_length=64)
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    class Meta:
        """Each nonce once per station."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "nonce"], name="nonce_once")]


class Attempt(models.Model):
    """A failed try at something that is guessable."""

    door: models.CharField[str, str] = models.CharField(max_length=16)
    visitor: models.CharField[str, str] = models.CharField(max_length=64)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    class Meta:
        """Counted by door, then by visitor, within a window."""

        indexes: ClassVar = [models.Index(fields=["door", "at"], name="attempt_window")]
