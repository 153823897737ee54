"""What is older than 15 years is erased: notes, complaint, links, and what could lead to a person; counts stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from sync.protocol.errors import SyncError

from . import audit
from .models import Consultation, NoteVersion, Share, Treatment

YEARS: Final = 15
_BATCH: Final = 200


class TooYoung(SyncError):
    """Records have to be kept for 15 years."""

    code = "OFFICE-RETENTION"
    next_step = "请换一个更早的日期"


class Erased(NamedTuple):
    """What was erased, or would be."""

    records: int
    versions: int
    links: int


def oldest_kept(now: datetime) -> date:
    """The first day whose records have to be kept."""
    today = timezone.localdate(now)
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - YEARS, day=28 if is_leap_day else today.day)


def erase(before: date | None, now: datetime, *, dry_run: bool = False) -> Erased:
    """Erase what is older than `before`, or than 15 years; raises TooYoung for a day since.

    In batches, each its own transaction: cut off, it is run again.
    """
    limit = oldest_kept(now)
    if before and before > limit:
        raise TooYoung(f"病历要保存 {YEARS} 年，只能删除 {limit.isoformat()} 以前的")
    due = _due(before or limit)
    total = Erased(0, 0, 0)
    if dry_run:
        return _count(list(due.values_list("pk", flat=True)))
    while batch := list(due.order_by("asked_at")[:_BATCH]):
        done = _erase(batch, now)
        total = Erased(*(a + b for a, b in zip(total, done, strict=True)))
    return total


def _due(before: date) -> QuerySet[Consultation]:
    moment = timezone.make_aware(datetime.combine(before, time()))
    younger = NoteVersion.objects.filter(consultation=OuterRef("pk"), at__gte=moment)
    return Consultation.objects.filter(~Exists(younger), asked_at__lt=moment, erased_at=None)


@transaction.atomic
def _erase(batch: list[Consultation], now: datetime) -> Erased:
    ids = [row.pk for row in batch]
    done = _count(ids)
    NoteVersion.objects.filter(consultation__in=ids).delete()
    Share.objects.filter(consultation__in=ids).delete()
    for row in batch:
        _anonymise(row, now)
        row.save()
        audit.look(audit.COMMAND, audit.What.ERASED, row.call, now)
    return done


def _anonymise(row: Consultation, now: datetime) -> None:
    """Take out what was said and when in the day it was; day, lengths of time, ending and doctor stay to be counted."""
    local = timezone.localtime(row.asked_at)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)
    by: timedelta = noon - row.asked_at
    for field in ("asked_at", "rung_at", "accepted_at", "ended_at"):
        moment: datetime | None = getattr(row, field)
        setattr(row, field, moment + by if moment else None)
    for treatment in Treatment.objects.filter(consultation=row):
        treatment.since += by
        treatment.save(update_fields=["since"])
    row.worker_gone_at = row.doctor_gone_at = None
    row.complaint, row.token, row.call_back, row.rung, row.language = b"", "", "", [], ""
    row.erased_at = now


def _count(ids: list[str]) -> Erased:
    versions, links = NoteVersion.objects.filter(consultation__in=ids), Share.objects.filter(consultation__in=ids)
    return Erased(len(ids), versions.count(), links.count())
