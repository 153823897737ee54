"""Calls between the switchboard and the database: loaded at the start, written before anybody is told."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

from django.db import transaction

from sync.protocol.errors import SyncError

from . import notes, treating
from .complaints import in_words
from .models import Consultation, Doctor, State
from .pieces import Call, Phase

logger = logging.getLogger(__name__)

_FIELDS: Final = [
    "state", "doctor_id", "rung", "rung_at", "accepted_at", "ended_at", "worker_gone_at", "doctor_gone_at", "ending",
]
_CALL_BACK: Final = {"no-doctor", "cancelled", "lost", "doctor-lost"}   # endings that nobody wanted


class About(NamedTuple):
    """What a desk shows of a call."""

    station: str
    place: str
    language: str
    complaint: tuple[str, ...]
    words: str                  # the same for a person


class Who(NamedTuple):
    """What a worker sees of a doctor."""

    id: int
    name: str
    licence: str
    title: str
    languages: tuple[str, ...]


class Kept(NamedTuple):
    """A call as the database has it."""

    call: Call
    about: About


def unfinished() -> list[Kept]:
    """All calls that have not ended, the oldest first."""
    rows = Consultation.objects.exclude(state=State.ENDED).select_related("station").order_by("asked_at", "call")
    return [kept(row) for row in rows]


def kept(row: Consultation) -> Kept:
    """One of them."""
    call = Call(
        call=row.call,
        asked_at=row.asked_at.timestamp(),
        language=row.language,
        phase=cast("Phase", row.state),
        doctor=row.doctor_id,
        rung=tuple(row.rung),
        rung_at=_seconds(row.rung_at),
        accepted_at=_seconds(row.accepted_at),
        ended_at=_seconds(row.ended_at),
        worker_gone_at=_seconds(row.worker_gone_at),
        doctor_gone_at=_seconds(row.doctor_gone_at),
        ending=row.ending,
    )
    complaint = _complaint_of(row)
    return Kept(call, About(row.station.name, row.station.place, row.language, complaint, in_words(complaint)))


def _complaint_of(row: Consultation) -> tuple[str, ...]:
    try:
        return tuple(notes.complaint_of(row))
    except SyncError as fault:
        logger.error("a complaint cannot be read: %s", fault.code)
        return ()       # the call goes on


def write(calls: Iterable[Call]) -> None:
    """Write calls as they stand, all or none."""
    rows, treated = [], []
    for call in calls:
        is_taken = call.accepted_at is not None
        ending: dict[str, Any] = {"call_back": "wanted"} if call.ending in _CALL_BACK else {}
        rows.append((call.call, {name: _value(call, name) for name in _FIELDS} | ending))
        if call.phase == "talking" and is_taken and call.doctor is not None:
            treated.append((call.call, call.doctor))
    with transaction.atomic():
        for name, values in rows:
            Consultation.objects.filter(pk=name).update(**values)
        for call_id, doctor in treated:
            treating.note_treatment(call_id, doctor, datetime.now(UTC))


def doctors(ids: Collection[int]) -> dict[int, Who]:
    """These doctors, if their users may still log in."""
    rows = Doctor.objects.filter(user_id__in=ids, user__is_active=True)
    return {row.user_id: Who(row.user_id, row.name, row.licence, row.title, tuple(row.languages)) for row in rows}


def talking_doctors() -> dict[int, Who]:
    """Those who were in a call when the office went down."""
    talking = Consultation.objects.filter(state=State.TALKING, doctor__isnull=False)
    return doctors([doctor for doctor in talking.values_list("doctor", flat=True) if doctor is not None])


def call_backs() -> int:
    """How many calls somebody has still to call back."""
    return Consultation.objects.filter(call_back="wanted").count()


def _value(call: Call, name: str) -> object:
    if name == "state":
        return call.phase
    value = getattr(call, name.removesuffix("_id"))
    if name.endswith("_at"):
        return None if value is None else datetime.fromtimestamp(value, UTC)
    return list(value) if name == "rung" else value


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
