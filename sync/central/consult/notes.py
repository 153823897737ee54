"""Stand-in until the records' own module comes: notes and complaints as plain JSON, for trying the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from sync.protocol.errors import SyncError

from .models import Consultation, Doctor, NoteVersion

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
    """A version of the notes."""

    version: int
    who: int
    by: str
    at: datetime
    notes: dict[str, str]


class Conflict(NotesRefused):
    """Another doctor has written since."""

    code = "OFFICE-NOTES-CONFLICT"
    next_step = "请看一下另一位医生写的内容，再保存"

    def __init__(self, newest: Written) -> None:
        super().__init__(f"{newest.by} 医生刚刚也改了病历")
        self.newest = newest


def save(
    consultation: Consultation, doctor: Doctor, notes: Mapping[str, str], based_on: int | None, now: datetime
) -> int:
    """Keep a new version; its number."""
    last = newest(consultation)
    if consultation.doctor_id != doctor.pk:
        raise NotesRefused("只有接诊的医生可以写这份病历")
    if last is not None and last.version != based_on and last.who != doctor.pk:
        raise Conflict(last)
    words = msgspec.json.encode({name: notes[name] for name in FIELDS if notes.get(name)})
    return NoteVersion.objects.create(consultation=consultation, who=doctor, at=now, notes=words).id


def newest(consultation: Consultation) -> Written | None:
    """The notes as they stand."""
    row = NoteVersion.objects.filter(consultation=consultation).select_related("who").order_by("-id").first()
    if row is None:
        return None
    return Written(row.id, row.who_id, row.who.name, row.at, msgspec.json.decode(bytes(row.notes), type=dict[str, str]))


def advice_of(call: str) -> str:
    """The doctor's words for the worker."""
    row = NoteVersion.objects.filter(consultation_id=call).order_by("-id").first()
    return msgspec.json.decode(bytes(row.notes), type=dict[str, str]).get("advice", "") if row else ""


def seal_complaint(_call: str, pictures: list[str]) -> bytes:
    """What the worker tapped."""
    return msgspec.json.encode(pictures) if pictures else b""


def complaint_of(consultation: Consultation) -> list[str]:
    """What the worker tapped."""
    sealed = bytes(consultation.complaint)
    return msgspec.json.decode(sealed, type=list[str]) if sealed else []
