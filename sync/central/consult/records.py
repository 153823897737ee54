"""Opening a record: the one way to read what was said, and the line in the audit trail in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from . import audit, complaints, notes
from .counting import CAUSES
from .models import Consultation, Doctor, Ending, Share, Treatment
from .notes import FIELDS, Written
from .roles import find_doctor, may_see

# Versions that one doctor typed within this time are shown as one.
_ONE_SITTING: Final = timedelta(minutes=5)


class Field(msgspec.Struct, frozen=True):
    """One part of the notes."""

    name: str
    title: str
    words: str


class Sitting(msgspec.Struct, frozen=True):
    """Versions that one doctor wrote in one go; the fields are those of the last of them."""

    by: str
    first_at: datetime
    last_at: datetime
    count: int
    fields: list[Field]


class Record(msgspec.Struct, frozen=True):
    """A consultation with what was said."""

    call: str
    station: str
    doctors: list[Doctor]       # who treated, the first first
    asked_at: datetime
    waited_s: int | None
    talked_s: int | None
    ended_at: datetime | None
    ending: str
    stars: int | None
    erased_at: datetime | None
    complaint: str
    fields: list[Field]
    sittings: list[Sitting]     # the newest first
    shares: list[Share]


class NoRecord(Exception):
    """There is none, or it is not this person's to see; which of both is not said."""


@transaction.atomic
def open_record(user: AbstractBaseUser | AnonymousUser, call: str, now: datetime) -> Record:
    """The record, for a doctor who treated; the look is in the trail. Raises NoRecord, Unreadable, KeysMissing."""
    doctor, consultation = find_doctor(user), find_consultation(call)
    if doctor is None or consultation is None or not may_see(doctor, consultation):
        raise NoRecord
    audit.look(doctor.user.get_username(), audit.What.OPENED, consultation.call, now)
    return read(consultation)


@transaction.atomic
def open_notes(doctor: Doctor, call: str, now: datetime) -> Written | None:
    """The notes as they stand, for a doctor who goes on writing; the look is in the trail. Raises as `open_record`."""
    consultation = find_consultation(call)
    if consultation is None or not may_see(doctor, consultation):
        raise NoRecord
    newest = notes.newest(consultation)
    if newest is not None:
        audit.look(doctor.user.get_username(), audit.What.OPENED, call, now)
    return newest


def find_consultation(call: str) -> Consultation | None:
    """The consultation with what is shown beside it."""
    return Consultation.objects.select_related("station", "doctor").filter(pk=call).first()


def read(consultation: Consultation) -> Record:
    """The record; only for those who have written a line in the trail in this transaction."""
    kept = notes.versions(consultation)
    accepted_at, ended_at = consultation.accepted_at, consultation.ended_at
    waited_until = accepted_at or ended_at
    return Record(
        call=consultation.call,
        station=str(consultation.station),
        doctors=_doctors(consultation),
        asked_at=consultation.asked_at,
        waited_s=_seconds(consultation.asked_at, waited_until),
        talked_s=_seconds(accepted_at, ended_at),
        ended_at=ended_at,
        ending=words_of_ending(consultation),
        stars=consultation.stars,
        erased_at=consultation.erased_at,
        complaint=complaints.in_words(notes.complaint_of(consultation)),
        fields=_fields(kept[-1].notes) if kept else [],
        sittings=_sittings(kept),
        shares=list(Share.objects.filter(consultation=consultation).order_by("made_at")),
    )


def words_of_ending(consultation: Consultation) -> str:
    """How it ended, or that it has not."""
    return CAUSES.get(consultation.ending) or str(Ending(consultation.ending).label)


def _doctors(consultation: Consultation) -> list[Doctor]:
    treated = Treatment.objects.filter(consultation=consultation).select_related("doctor").order_by("since", "id")
    return [one.doctor for one in treated]


def _fields(words: dict[str, str]) -> list[Field]:
    return [Field(name, title, words[name]) for name, (title, _) in FIELDS.items() if name in words]


def _sittings(kept: list[Written]) -> list[Sitting]:
    found: list[Sitting] = []
    for one in kept:
        before = found[-1] if found else None
        if before and before.by == one.by and one.at - before.last_at <= _ONE_SITTING:
            found[-1] = Sitting(one.by, before.first_at, one.at, before.count + 1, _fields(one.notes))
        else:
            found.append(Sitting(one.by, one.at, one.at, 1, _fields(one.notes)))
    return found[::-1]


def _seconds(first: datetime | None, last: datetime | None) -> int | None:
    return max(0, round((last - first).total_seconds())) if first and last else None
