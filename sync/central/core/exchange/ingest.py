"""Taking events into a journal: each is stored, known already, set aside or in conflict."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sync.central.core.models import Event, Quarantine
from sync.protocol.limits import DETAIL_CHARS, fitted
from sync.protocol.wire import Result

from .arrivals import KEPT_BYTES, Arrival, Moments, Offsets
from .queries import EventRow, Place, find_last_moment, move_head, store_events

logger = logging.getLogger(__name__)


class Taken(NamedTuple):
    """What became of an exchange's events, and how far the journal is stored now."""

    results: list[Result]
    stored: int
    head: int


class _Known(NamedTuple):
    """Digests this journal already holds, stored or set aside, by seq, and the other way round."""

    stored: dict[int, str]
    rejected: dict[int, str]
    seq_of_rejected: dict[str, int]


def ingest(journal: Place, arrivals: Sequence[Arrival], acked: int, offsets: Offsets, now: datetime) -> Taken:
    """Store what is new and move `head`; the caller holds the station's lock and a transaction."""
    if not arrivals:
        return Taken([], 0, journal.head)
    known = _known(journal, arrivals)
    head = journal.head
    moments = Moments(offsets, find_last_moment(journal), now)
    results: list[Result] = []
    events: list[EventRow] = []
    aside: list[Quarantine] = []
    for arrival in arrivals:
        seq = arrival.seq or _seq_of_stray(arrival, known, head, acked)
        if seq > head + 1:
            break  # a gap: our head tells the station where to go on from
        if seq <= head:
            result = _judge_again(seq, arrival, known)
            results.append(result)
            if result.status == "fork":
                aside.append(_set_aside(journal, seq, arrival, Quarantine.Why.FORK, now, offset_s=offsets.of(seq)))
                break
            continue
        head = seq
        if arrival.fault:
            known.rejected[seq] = arrival.digest
            results.append(Result(seq, "rejected", arrival.fault))
            aside.append(_set_aside(journal, seq, arrival, Quarantine.Why.REJECTED, now, offset_s=offsets.of(seq)))
        else:
            known.stored[seq] = arrival.digest
            events.append(_event(journal, seq, arrival, moments.of(seq, arrival.at), now))
    store_events(events)
    # Few at a time: a whole exchange of long lines would be in memory several times over.
    Quarantine.objects.bulk_create(aside, batch_size=100, ignore_conflicts=True)
    if aside:
        # One line for all of them, or a broken station fills the disk.
        codes = ", ".join(sorted({record.code for record in aside}))
        logger.warning("journal %d: %d lines set aside from %d on: %s", journal.id, len(aside), aside[0].seq, codes)
    if head != journal.head:
        move_head(journal.id, head)
    return Taken(results, len(events), head)


def _seq_of_stray(arrival: Arrival, known: _Known, head: int, acked: int) -> int:
    """The number of a broken line that came without a readable neighbour."""
    if arrival.claim is not None and arrival.claim <= head + 1:
        return arrival.claim
    # A station ahead of us is about to be rewound; until then its line must not take another's number.
    return known.seq_of_rejected.get(arrival.digest) or max(head, acked) + 1


def _known(journal: Place, arrivals: Sequence[Arrival]) -> _Known:
    claims = (arrival.seq or arrival.claim for arrival in arrivals)
    claimed = [claim for claim in claims if claim is not None and claim <= journal.head]
    stored: dict[int, str] = {}
    rejected: dict[int, str] = {}
    if claimed:
        span = {"journal_id": journal.id, "seq__gte": min(claimed), "seq__lte": max(claimed)}
        stored = dict(Event.objects.filter(**span).values_list("seq", "digest"))
        aside = Quarantine.objects.filter(**span, why=Quarantine.Why.REJECTED)
        rejected = dict(aside.values_list("seq", "digest"))
    numberless = [arrival.digest for arrival in arrivals if arrival.seq is None]
    again = Quarantine.objects.filter(journal_id=journal.id, why=Quarantine.Why.REJECTED, digest__in=numberless)
    seq_of_rejected = {digest: seq for seq, digest in again.values_list("seq", "digest")}
    return _Known(stored, rejected | {seq: digest for digest, seq in seq_of_rejected.items()}, seq_of_rejected)


def _judge_again(seq: int, arrival: Arrival, known: _Known) -> Result:
    if known.stored.get(seq) == arrival.digest:
        return Result(seq, "duplicate")
    if known.rejected.get(seq) == arrival.digest:
        return Result(seq, "rejected", arrival.fault or "event")
    return Result(seq, "fork")


def _event(journal: Place, seq: int, arrival: Arrival, at_utc: datetime, now: datetime) -> EventRow:
    at = arrival.at.isoformat()
    return EventRow(journal.id, seq, arrival.kind, arrival.subject, at, at_utc, arrival.line, arrival.digest, now)


def _set_aside(
    journal: Place, seq: int, arrival: Arrival, why: Quarantine.Why, now: datetime, *, offset_s: float
) -> Quarantine:
    return Quarantine(
        journal_id=journal.id,
        seq=seq,
        why=why,
        code=arrival.fault or why,
        detail=fitted(arrival.detail, DETAIL_CHARS),
        line=arrival.line[:KEPT_BYTES],
        digest=arrival.digest,
        offset_s=offset_s,
        received_at=now,
    )
