"""A patient's link to their own record: it opens once, within 24 hours, and the office keeps only a hash of it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from . import audit, vault
from .models import Consultation, NoteVersion, Share, State
from .records import Record, find_consultation, read

LASTS: Final = timedelta(hours=24)
_SECRET_BYTES: Final = 24


@transaction.atomic
def make_share(call: str, now: datetime) -> str:
    """The path of the link, made when it is first asked for; the same one again while it can be opened.

    Empty while the call goes on, where no doctor has written, and when the link was opened or is too old: a record
    has one link.
    """
    consultation = Consultation.objects.select_for_update().filter(pk=call, state=State.ENDED).first()
    if consultation is None or not NoteVersion.objects.filter(consultation=consultation).exists():
        return ""
    secret = urlsafe_b64encode(vault.sign("share", call.encode())[:_SECRET_BYTES]).decode()
    share, is_new = Share.objects.get_or_create(
        digest=_digest(secret), defaults={"consultation": consultation, "made_at": now}
    )
    if is_new:
        audit.look(audit.STATION, audit.What.SHARED, call, now)
    return reverse("share", args=[secret]) if _is_open(share, now) else ""


def find_share(secret: str, now: datetime) -> Share | None:
    """The link, if it can be opened now."""
    share = Share.objects.filter(digest=_digest(secret)).first()
    return share if share and _is_open(share, now) else None


def ends_at(share: Share) -> datetime:
    """Until when it can be opened."""
    return share.made_at + LASTS


@transaction.atomic
def fetch(secret: str, now: datetime) -> Record | None:
    """The record, once; None for a link that was used, is too old, or never was."""
    share = Share.objects.select_for_update().filter(digest=_digest(secret)).first()
    consultation = find_consultation(share.consultation_id) if share and _is_open(share, now) else None
    if share is None or consultation is None:
        return None
    share.opened_at = now
    share.save(update_fields=["opened_at"])
    audit.look(audit.PATIENT, audit.What.FETCHED, consultation.call, now)
    return read(consultation)


def _is_open(share: Share, now: datetime) -> bool:
    return share.opened_at is None and share.made_at <= now < ends_at(share)


def _digest(secret: str) -> str:
    return vault.sign("share digest", secret.encode()).hex()
