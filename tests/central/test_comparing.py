"""What the office tells of a journal's spans, so that a station sees whether its own lines are there."""

from __future__ import annotations

import pytest

from sync.central.core.exchange.comparing import digests_of
from sync.central.core.models import Journal, Quarantine
from sync.protocol.digests import digest_of_span
from sync.protocol.events import CheckedIn, digest_of
from sync.protocol.wire import MAX_SPAN, MAX_SPANS, Span

from .conftest import on_both_databases
from .fake_station import FakeStation
from .test_quarantine import replayed, set_aside_between

pytestmark = [pytest.mark.django_db, on_both_databases]


def _digest(*lines: bytes) -> str:
    return digest_of_span(map(digest_of, lines))


def test_each_span_has_the_digest_of_its_lines_and_what_is_not_there_changes_it(station: FakeStation) -> None:
    lines = [station.line(CheckedIn(checkin=f"c{number}", trade="cook")) for number in range(5)]
    told = station.sync(lines, spans=((1, 5), (2, 3), (5, 5), (5, 6), (7, 9))).receipt.spans
    assert told == (_digest(*lines), _digest(*lines[1:3]), _digest(lines[4]), _digest(lines[4]), _digest())


def test_who_asks_for_no_span_is_told_none(station: FakeStation) -> None:
    assert station.sync([station.line(CheckedIn(checkin="c", trade="cook"))]).receipt.spans == ()


def test_a_rejected_line_counts_as_the_station_sent_it_also_when_it_was_mended(station: FakeStation) -> None:
    mended = set_aside_between(station)
    journal, record = Journal.objects.get(), Quarantine.objects.get()
    span = (record.seq, record.seq)
    assert digests_of(journal.pk, [span]) == (_digest(bytes(record.line)),)
    replayed(record, mended)
    assert digests_of(journal.pk, [span]) == (_digest(bytes(record.line)),)


@pytest.mark.parametrize("spans", [((1, MAX_SPAN + 1),), ((3, 2),), ((0, 1),), ((1, 1),) * (MAX_SPANS + 1)])
def test_more_than_a_span_may_be_is_refused(station: FakeStation, spans: tuple[Span, ...]) -> None:
    reply = station.sync(spans=spans)
    assert (reply.status, reply.refusal.code) == (400, "header")
