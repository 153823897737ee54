"""The notes of a consultation: versions that are kept, written by doctors who treated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction
from django.utils import timezone

from sync.protocol.errors import SyncError

from . import audit, vault
from .models import Consultation, Doctor, Look, NoteVersion
from .roles import may_see

# What can be written, how it is called, and how long it may be.
FIELDS: Final = {
    "complaint": ("主诉", 500),
    "history": ("病史", 2_000),
    "advice": ("给工友的建议", 1_000),
    "follow_up": ("复诊安排", 500),
    "referral": ("转诊", 500),
    "prescription": ("处方说明", 1_000),
}


class NotesRefused(SyncError):
    """These notes cannot be saved; `detail` says why, in words for the doctor."""

    code = "OFFICE-NOTES"
    next_step = "请按提示修改后再保存"


class Written(msgspec.Struct, frozen=True):
    """A version of the notes, opened."""

    version: int
    who: int
    by: str                 # the doctor's name
    at: datetime
    notes: dict[str, str]   # fields that are empty are left out


class Conflict(NotesRefused):
    """Another doctor has written since; `newest` is what they wrote."""

    code = "OFFICE-NOTES-CONFLICT"
    next_step = "请看一下另一位医生写的内容，再保存"

    def __init__(self, newest: Written) -> None:
        super().__init__(f"{newest.by} 医生刚刚也改了病历")
        self.newest = newest


@transaction.atomic
def save(
    consultation: Consultation, doctor: Doctor, notes: Mapping[str, str], based_on: int | None, now: datetime
) -> int:
    """Keep a new version, made from the version `based_on`; its number. Raises NotesRefused and Conflict.

    What says the same as the newest is no new version.
    """
    locked = Consultation.objects.select_for_update().get(pk=consultation.pk)
    if locked.erased_at or not may_see(doctor, locked):
        raise NotesRefused("只有接诊的医生可以写这份病历")
    words = _bounded(notes)
    last = newest(locked)
    if last is not None and last.version != based_on and last.who != doctor.pk:
        raise Conflict(last)
    if words == (last.notes if last else {}):
        return last.version if last else 0
    sealed = vault.seal(locked.call, msgspec.json.encode(words))
    version = NoteVersion.objects.create(consultation=locked, who=doctor, at=now, notes=sealed)
    if last is None or last.who != doctor.pk:
        audit.look(doctor.user.get_username(), audit.What.NOTED, locked.call, now)
    return version.id


def newest(consultation: Consultation) -> Written | None:
    """The notes as they stand; the caller answers for who sees them."""
    row = NoteVersion.objects.filter(consultation=consultation).select_related("who").order_by("-id").first()
    return _written(row) if row else None


def versions(consultation: Consultation) -> list[Written]:
    """All that were kept, the oldest first."""
    rows = NoteVersion.objects.filter(consultation=consultation).select_related("who").order_by("id")
    return [_written(row) for row in rows]


@transaction.atomic
def advice_of(call: str) -> str:
    """The doctor's words for the worker, empty if there are none; that it was shown goes into the audit trail once."""
    row = NoteVersion.objects.filter(consultation_id=call).select_related("who").order_by("-id").first()
    advice = _written(row).notes.get("advice", "") if row else ""
    if advice and not Look.objects.filter(call=call, what=audit.What.ADVISED).exists():
        audit.look(audit.STATION, audit.What.ADVISED, call, timezone.now())
    return advice


def seal_complaint(call: str, pictures: list[str]) -> bytes:
    """What the worker tapped, for `Consultation.complaint`."""
    return vault.seal(call, msgspec.json.encode(pictures)) if pictures else b""


def complaint_of(consultation: Consultation) -> list[str]:
    """What the worker tapped."""
    sealed = bytes(consultation.complaint)
    return msgspec.json.decode(vault.unseal(consultation.call, sealed), type=list[str]) if sealed else []


def _bounded(notes: Mapping[str, str]) -> dict[str, str]:
    unknown = set(notes) - set(FIELDS)
    if unknown:
        raise NotesRefused(f"没有这一栏：{'、'.join(sorted(unknown))[:60]}")
    words = {name: notes[name].replace("\0", "").replace("\r\n", "\n").strip() for name in FIELDS if name in notes}
    for name, text in words.items():
        title, most = FIELDS[name]
        if len(text) > most:
            raise NotesRefused(f"{title}最多 {most} 个字，现在有 {len(text)} 个")
    return {name: text for name, text in words.items() if text}


def _written(row: NoteVersion) -> Written:
    plain = vault.unseal(row.consultation_id, bytes(row.notes))
    return Written(row.id, row.who_id, row.who.name, row.at, msgspec.json.decode(plain, type=dict[str, str]))
