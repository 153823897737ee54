"""Carries stored events into the read models, each journal in its own order, exactly once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from django.db import Error, close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from sync.central.core.models import Event, Journal, Quarantine
from sync.protocol.limits import DETAIL_CHARS, fitted

from . import read_models
from .turns import try_enter, try_take_station

BATCH: Final = 500
_POLL_S: Final = 1.0
_SENDING: Final = timedelta(seconds=5)      # so long after its last exchange a station is believed to send on
_MOST_BEHIND: Final = 100_000
_FIRST_REST_S: Final = 1.0
_LONGEST_REST_S: Final = 60.0
_MOST_RESTING: Final = 100      # if so many fail, it is not the journals
logger = logging.getLogger(__name__)

_bell = threading.Event()


class _Rest(NamedTuple):
    failures: int
    until_s: float


def ring() -> None:
    """Wake this process's projector: there is something to do."""
    _bell.set()


def was_rung(within_s: float) -> bool:
    """Wait for the bell, if it has not rung since it was asked for last; whether it did."""
    rang = _bell.wait(within_s)
    _bell.clear()
    return rang


def project_all() -> int:
    """Project until nothing is left; returns how many events were taken up."""
    return Projector().drain(threading.Event())


def run_projector(stop: threading.Event) -> None:
    """Project whenever there is something to, until told to stop."""
    projector = Projector(behind_senders=True)
    is_away = False
    while not stop.is_set():
        _bell.clear()
        try:
            close_old_connections()
            projector.drain(stop)
            if is_away:
                logger.info("projector: the database is back")
            is_away = False
        except Error as fault:
            if not is_away:     # said once; its class only, for a database quotes the values it stumbled over
                logger.error("projector: database not available, trying until it is: %s", type(fault).__name__)
            is_away = True
            stop.wait(_POLL_S)
        except Exception:
            logger.exception("projector: will try again")
            stop.wait(_POLL_S)
        _bell.wait(_POLL_S)
    connection.close()


def behind() -> QuerySet[Journal]:
    """The journals that hold events not yet projected."""
    return Journal.objects.filter(head__gt=F("projected"))


def _settled() -> QuerySet[Journal]:
    """Those of them whose station has sent what it had; one that still sends is left alone, within reason."""
    return behind().filter(
        Q(station__pending=0)
        | Q(station__last_sync_at__lt=timezone.now() - _SENDING)
        | Q(head__gt=F("projected") + _MOST_BEHIND)
    )


class Projector:
    """Takes the journals that are behind in turn; one whose projection fails rests, the others go on.

    On PostgreSQL any number of them may run, in any number of processes. `behind_senders`: a station
    that sends a backlog has the machine for itself.
    """

    def __init__(self, elapsed_s: Callable[[], float] = time.monotonic, *, behind_senders: bool = False) -> None:
        self._elapsed_s = elapsed_s
        self._due = _settled if behind_senders else behind
        self._last_id = 0
        self._rests: dict[int, _Rest] = {}

    def drain(self, stop: threading.Event) -> int:
        """Project until nothing is left that can be, or told to stop; returns how many events were taken up."""
        total = 0
        while not stop.is_set() and (count := self.step()) is not None:
            total += count
        return total

    def step(self) -> int | None:
        """Project one batch of one journal; None if there is none to take up now."""
        resting = self._find_resting()
        if len(resting) >= _MOST_RESTING or self._due().exclude(id__in=resting).order_by("id").first() is None:
            return None     # asked first, so that an idle projector takes no lock; in the order of the index
        journal: Journal | None = None
        try:
            with transaction.atomic():
                journal = self._find_next(resting) if try_enter() else None
                if journal is None:
                    return None
                self._last_id = journal.id
                if not try_take_station(journal.station_id):
                    self._rests[journal.id] = _Rest(0, self._elapsed_s() + _POLL_S)
                    return 0
                count = _project_batch(journal)
        except Error as fault:
            if journal is None:
                raise
            self._let_rest(journal, fault)
            return 0
        self._rests.pop(journal.id, None)
        return count

    def _find_next(self, resting: Sequence[int]) -> Journal | None:
        due = self._due().exclude(id__in=resting)
        # A station's earlier epochs first: what was carried into a later one is known by then.
        journals = due.exclude(Exists(due.filter(station=OuterRef("station"), id__lt=OuterRef("id")))).order_by("id")
        # In turn, so that one that is always behind does not keep the others waiting.
        return journals.filter(id__gt=self._last_id).first() or journals.filter(id__lte=self._last_id).first()

    def _find_resting(self) -> list[int]:
        now_s = self._elapsed_s()
        # One that has been awake for long was taken up by another projector, or forgotten.
        self._rests = {id_: rest for id_, rest in self._rests.items() if rest.until_s > now_s - _LONGEST_REST_S}
        return [id_ for id_, rest in self._rests.items() if rest.until_s > now_s]

    def _let_rest(self, journal: Journal, fault: Error) -> None:
        failures = self._rests[journal.id].failures + 1 if journal.id in self._rests else 1
        rest_s = min(_FIRST_REST_S * 2 ** (failures - 1), _LONGEST_REST_S)
        self._rests[journal.id] = _Rest(failures, self._elapsed_s() + rest_s)
        # Its class only: a database quotes the values it stumbled over.
        logger.warning(
            "station %s: not projected for now, again in %d s: %s", journal.station_id, rest_s, type(fault).__name__
        )


def _project_batch(journal: Journal) -> int:
    """Carry one batch on and move the mark; the caller has the station's turn."""
    # As it is now that the turn is ours; what is sent from here on is for the next batch.
    journal.refresh_from_db(fields=["head", "projected"])
    waiting = Event.objects.filter(journal=journal, seq__gt=journal.projected, seq__lte=journal.head)
    events = list(waiting.order_by("seq")[:BATCH])
    if events:
        _project(journal, events)
    # Numbers without an event were set aside at ingest; past the last event they are all such.
    journal.projected = events[-1].seq if len(events) == BATCH else journal.head
    journal.save(update_fields=["projected"])
    return len(events)


def _project(journal: Journal, events: Sequence[Event]) -> None:
    try:
        with transaction.atomic():
            read_models.tell([told for event in events if (told := read_models.told_of(journal, event))])
    except Exception as cause:
        if not read_models.is_poison(cause):
            raise
        # Somewhere in this batch; one by one, only the poison is left out.
        logger.warning("station %s: a batch could not be projected, going on one by one", journal.station_id)
        for event in events:
            _project_alone(journal, event)


def _project_alone(journal: Journal, event: Event) -> None:
    try:
        with transaction.atomic():
            if told := read_models.told_of(journal, event):
                read_models.tell([told])
    except Exception as cause:
        if not read_models.is_poison(cause):
            raise
        logger.error(
            "station %s: event %d could not be projected: %s", journal.station_id, event.seq, type(cause).__name__,
            exc_info=not isinstance(cause, Error),
        )
        _set_aside(journal, event, cause)


def _set_aside(journal: Journal, event: Event, cause: Exception) -> None:
    """Note that this event is in no read model; one that staff had replayed waits for them again."""
    record, is_new = Quarantine.objects.get_or_create(
        journal=journal,
        seq=event.seq,
        why=Quarantine.Why.PROJECTION,
        digest=event.digest,
        defaults={
            "code": type(cause).__name__[:32],
            "detail": fitted(str(cause), DETAIL_CHARS),
            "line": event.line,
            "received_at": timezone.now(),
        },
    )
    if not is_new:
        replayed = Quarantine.objects.filter(pk=record.pk, resolution=Quarantine.Resolution.REPLAYED)
        replayed.update(resolved_at=None, resolution="")

