"""After a backup of the office's database was put back: what stations must be told."""

from __future__ import annotations

import logging
import secrets
from typing import NamedTuple

from django.db import transaction

from sync.central.core.models import Counter, EnrolmentCode, Station
from sync.central.core.publishing.documents import recount
from sync.central.core.publishing.snapshots import forget_snapshots

logger = logging.getLogger(__name__)


class Restored(NamedTuple):
    """What the office is after it, for words to staff."""

    stations: int       # enrolled, and not revoked
    codes: int          # one-time codes that are void now


@transaction.atomic
def after_restore() -> Restored:
    """Begin a new generation: every station compares all documents, and sends what is missing here.

    Codes in the backup are void: they may have been used since, by stations that are not in it.
    """
    counter = Counter.objects.select_for_update().get()
    counter.generation = secrets.token_hex(8)
    counter.save(update_fields=["generation"])
    recount()
    forget_snapshots()
    codes, _ = EnrolmentCode.objects.filter(used_at__isnull=True).delete()
    stations = Station.objects.exclude(public_key="").filter(revoked_at__isnull=True).count()
    logger.info("new generation %s after a restore", counter.generation)
    return Restored(stations, codes)
