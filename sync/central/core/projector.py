"""Carries stored events into the read models, each journal in its own order, exactly once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from sync.protocol.errors import UnknownKind
from sync.protocol.events import AnyEvent, decode_entry

from .models import Event, Journal, Quarantine

BATCH: Final = 500
_POLL_S: Final = 1.0
logger = logging.getLogger(__name__)


class Told(msgspec.Struct, frozen=True):
    """A stored event as read models see it."""

    station: str
    epoch: str
    seq: int
    at: datetime        # as the station's clock said, its own offset
    at_utc: datetime    # corrected
    event: AnyEvent

    @property
    def local(self) -> datetime:
        """The corrected moment on the wall clock of the station."""
        return self.at_utc.astimezone(self.at.tzinfo)


ReadModel = Callable[[Sequence[Told]], None]
_read_models: list[ReadModel] = []
_bell = threading.Event()


def register(read_model: ReadModel) -> None:
    """Have a read model told of every event; apps do this when they are ready."""
    if read_model not in _read_models:
        _read_models.append(read_model)


def ring() -> None:
    """Wake this process's projector: there is something to do."""
    _bell.set()


def project_all() -> int:
    """Project until nothing is left; returns how many events were taken up."""
    total = 0
    while (count := project_once()) is not None:
        total += count
    return total


def project_once() -> int | None:
    """Project one batch of one journal; None if no journal is behind (or others work on them)."""
    if not _behind().exists():
        return None     # asked first, so that an idle projector takes no lock
    with transaction.atomic():
        journal = _next_journal()
        if journal is None:
            return None
        events = list(Event.objects.filter(journal=journal, seq__gt=journal.projected).order_by("seq")[:BATCH])
        _project(journal, events)
        # Numbers without an event were set aside at ingest; past the last event they are all such.
        journal.projected = events[-1].seq if len(events) == BATCH else journal.head
        journal.save(update_fields=["projected"])
    return len(events)


def run_projector(stop: threading.Event) -> None:
    """Project whenever there is something to, until told to stop."""
    while not stop.is_set():
        _bell.clear()
        try:
            close_old_connections()
            project_all()
        except Exception:
            logger.exception("projector: will try again")
            stop.wait(_POLL_S)
        _bell.wait(_POLL_S)
    connection.close()


def _behind() -> QuerySet[Journal]:
    return Journal.objects.filter(head__gt=F("projected"))


def _next_journal() -> Journal | None:
    behind = _behind().order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        behind = behind.select_for_update(skip_locked=True, no_key=True)
    return behind.first()


def _project(journal: Journal, events: Sequence[Event]) -> None:
    try:
        with transaction.atomic():
            _tell([told for event in events if (told := _told(journal, event))])
    except DatabaseError:
        raise
    except Exception:
        # Somewhere in this batch is poison; one by one, only the poison is left out.
        logger.exception("station %s: a batch could not be projected, going on one by one", journal.station_id)
        for event in events:
            _project_alone(journal, event)


def _project_alone(journal: Journal, event: Event) -> None:
    try:
        with transaction.atomic():
            if told := _told(journal, event):
                _tell([told])
    except DatabaseError:
        raise
    except Exception as cause:
        logger.exception("station %s: event %d could not be projected", journal.station_id, event.seq)
        Quarantine.objects.get_or_create(
            journal=journal,
            seq=event.seq,
            why=Quarantine.Why.PROJECTION,
            digest=event.digest,
            defaults={
                "code": type(cause).__name__[:32],
                "detail": str(cause).replace("\0", "")[:300],
                "line": event.line,
                "received_at": timezone.now(),
            },
        )


def _tell(told: Sequence[Told]) -> None:
    for read_model in _read_models:
        read_model(told)


def _told(journal: Journal, event: Event) -> Told | None:
    """The event decoded; None for a kind only a newer program knows."""
    try:
        entry = decode_entry(bytes(event.line))
    except UnknownKind:
        return None
    return Told(journal.station_id, journal.epoch, event.seq, entry.at, event.at_utc, entry.event)
