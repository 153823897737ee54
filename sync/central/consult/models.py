"""Consultations: who may do what, the one record of each, every version of its notes, and who looked at it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from sync.central.core.models import Station
from sync.protocol import limits


class State(models.TextChoices):
    """Where a call stands; machine.py says what may follow what."""

    WAITING = "waiting", "排队中"
    RINGING = "ringing", "响铃中"
    TALKING = "talking", "通话中"
    ENDED = "ended", "已结束"


class Ending(models.TextChoices):
    """How a call ended, as the office saw it."""

    NONE = "", "还没有结束"
    TALKED = "talked", "谈过"
    LEFT = "left", "工友离开"
    NO_DOCTOR = "no-doctor", "没有医生接听"
    CANCELLED = "cancelled", "医生取消"
    LOST = "lost", "线路断了"           # of the worker's side, for over a minute
    DOCTOR_LOST = "doctor-lost", "医生掉线"


class Doctor(models.Model):
    """A user who may answer calls."""

    user: models.OneToOneField[AbstractBaseUser, AbstractBaseUser] = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="doctor"
    )
    name: models.CharField[str, str] = models.CharField("姓名", max_length=limits.DOCTOR_CHARS)
    licence: models.CharField[str, str] = models.CharField("执业证书编号", max_length=limits.LICENCE_CHARS)
    title: models.CharField[str, str] = models.CharField("职称", max_length=limits.LICENCE_CHARS, blank=True)
    languages: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    user_id: int


class Consultation(models.Model):
    """One consultation from the queue to its end; written by the office alone, before anybody is told."""

    call: models.CharField[str, str] = models.CharField(primary_key=True, max_length=limits.CALL_CHARS)
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.PROTECT)
    language: models.CharField[str, str] = models.CharField(max_length=limits.LANGUAGE_CHARS, default="zh_CN")
    state: models.CharField[str, str] = models.CharField(max_length=16, choices=State.choices)
    token: models.CharField[str, str] = models.CharField(max_length=limits.DIGEST_CHARS)   # its page's, hashed
    doctor: models.ForeignKey[Doctor | None, Doctor | None] = models.ForeignKey(
        Doctor, models.PROTECT, null=True, related_name="consultations"
    )   # who rings, talks, or talked last
    rung: models.JSONField[list[int], list[int]] = models.JSONField(default=list)   # doctors who did not answer
    asked_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    rung_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    accepted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    worker_gone_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    doctor_gone_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    ending: models.CharField[str, str] = models.CharField(max_length=16, choices=Ending.choices, blank=True)
    call_back: models.CharField[str, str] = models.CharField(max_length=16, blank=True)  # "", "wanted", "done"
    stars: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)     # from the station's events
    complaint: models.BinaryField[bytes, bytes] = models.BinaryField(default=b"")   # as tapped, encrypted
    erased_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    station_id: str
    doctor_id: int | None

    class Meta:
        """Looked up by who waits, by whose they are, and by day."""

        indexes: ClassVar = [
            models.Index(fields=["state", "asked_at"], name="consultation_waiting"),
            models.Index(fields=["doctor", "asked_at"], name="consultation_of_doctor"),
            models.Index(fields=["asked_at"], name="consultation_by_day"),
        ]


class NoteVersion(models.Model):
    """The notes of a consultation as they stood at one time; the newest counts, none is ever changed."""

    id: int
    consultation: models.ForeignKey[Consultation, Consultation] = models.ForeignKey(
        Consultation, models.CASCADE, related_name="versions"
    )
    who: models.ForeignKey[Doctor, Doctor] = models.ForeignKey(Doctor, models.PROTECT)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    notes: models.BinaryField[bytes, bytes] = models.BinaryField()      # JSON of Notes, encrypted
    consultation_id: str
    who_id: int


class Treatment(models.Model):
    """Who treated: a doctor who answered, or took the call over; the record stays theirs to see."""

    consultation: models.ForeignKey[Consultation, Consultation] = models.ForeignKey(
        Consultation, models.CASCADE, related_name="treatments"
    )
    doctor: models.ForeignKey[Doctor, Doctor] = models.ForeignKey(Doctor, models.PROTECT, related_name="treatments")
    since: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    consultation_id: str
    doctor_id: int

    class Meta:
        """Once for each."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["consultation", "doctor"], name="treatment_once")]


class Look(models.Model):
    """Who looked at a record, or did something with it; a trigger of the database refuses to change or delete it."""

    id: int
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    who: models.CharField[str, str] = models.CharField(max_length=limits.USER_CHARS)     # or who audit.py says
    what: models.CharField[str, str] = models.CharField(max_length=limits.WORD_CHARS)     # audit.What
    call: models.CharField[str, str] = models.CharField(max_length=limits.CALL_CHARS, blank=True)
    about: models.CharField[str, str] = models.CharField(max_length=limits.ABOUT_CHARS, blank=True)
    digest: models.CharField[str, str] = models.CharField(max_length=limits.DIGEST_CHARS)  # over it and the one before

    class Meta:
        """By record, and in order."""

        indexes: ClassVar = [models.Index(fields=["call", "id"], name="look_at_call")]


class Share(models.Model):
    """A link for the patient to their own record: opens once, within 24 hours."""

    # Keyed hash of its secret.
    digest: models.CharField[str, str] = models.CharField(primary_key=True, max_length=limits.DIGEST_CHARS)
    consultation: models.ForeignKey[Consultation, Consultation] = models.ForeignKey(Consultation, models.CASCADE)
    made_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    opened_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    consultation_id: str


class StationCall(models.Model):
    """A consultation as its station told it; made from events alone, and emptied before they are told again.

    No moment is kept, only the station's day: it outlives the record.
    """

    id: int
    station: models.ForeignKey[Station, Station] = models.ForeignKey(Station, models.CASCADE)
    call: models.CharField[str, str] = models.CharField(max_length=limits.KEY_CHARS)
    day: models.DateField[date, date] = models.DateField()
    asked: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    connected: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    how: models.CharField[str, str] = models.CharField(max_length=16, blank=True)   # an Outcome; empty: not ended
    waited_s: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    talked_s: models.IntegerField[int, int] = models.IntegerField(default=0)
    stars: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    station_id: str

    class Meta:
        """Ids are random, yet only trusted within their station."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "call"], name="station_call_once")]
        indexes: ClassVar = [models.Index(fields=["day"], name="station_call_by_day")]
