"""Where what a station takes for stored parts from what the office holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.digests import digest_of_span
from sync.protocol.events import CheckedIn, digest_of
from sync.protocol.wire import MAX_SPAN, MAX_SPANS, Receipt, Spans
from sync.station.exchange.comparing import find_parting
from sync.station.journal.journal import Journal, Settled
from tests.sync.station.restart_bench import Bench, fill

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class KeptJournal(Journal):
    """What is still kept of a long journal, without a file."""

    def __init__(self, numbers: Collection[int]) -> None:
        self._kept = [Settled(number, digest_of(b"%d" % number)) for number in sorted(numbers)]

    def settled(self, epoch: str, after: int, limit: int) -> list[Settled]:
        """Some of them."""
        return [one for one in self._kept if one.seq > after][:limit]


class ComparingOffice:
    """Holds every number but those that are missing, and another disk's line under some."""

    def __init__(self, head: int, others: Collection[int] = ()) -> None:
        self._head = head
        self._others = others
        self.asked = 0

    def ask(self, epoch: str, spans: Spans) -> Receipt:
        """Tell the digests."""
        self.asked += 1
        assert len(spans) <= MAX_SPANS
        assert all(0 <= last - first < MAX_SPAN for first, last in spans)
        return Receipt(
            head=self._head, server_time=NOW, next_sync_s=60, cursor="", more=False,
            spans=tuple(digest_of_span(self._lines(first, last)) for first, last in spans),
        )

    def _lines(self, first: int, last: int) -> list[str]:
        return [
            digest_of(b"another's" if number in self._others else b"%d" % number)
            for number in range(first, min(last, self._head) + 1)
        ]


@given(
    st.integers(1, 700), st.sets(st.integers(1, 700), max_size=9), st.sets(st.integers(1, 700), max_size=3),
    st.integers(0, 700),
)
def test_the_first_line_that_is_not_there_is_found(
    top: int, forgotten: set[int], others: set[int], head: int
) -> None:
    kept = set(range(1, top + 1)) - forgotten
    lacking = [number for number in sorted(kept) if number > head or number in others]
    office = ComparingOffice(head, others)
    assert find_parting(KeptJournal(kept), "e", office.ask) == (lacking[0] if lacking else None)


def test_three_months_of_events_are_compared_in_few_exchanges() -> None:
    office = ComparingOffice(30_000)
    assert find_parting(KeptJournal(range(1, 30_001)), "e", office.ask) is None
    assert office.asked == 2
    office = ComparingOffice(30_000, {29_999})
    assert find_parting(KeptJournal(range(1, 30_001)), "e", office.ask) == 29_999
    assert office.asked == 3


def test_an_older_office_that_tells_no_digests_is_believed_by_its_head() -> None:
    def ask(epoch: str, spans: Spans) -> Receipt:
        return Receipt(head=9, server_time=NOW, next_sync_s=60, cursor="", more=False)

    assert find_parting(KeptJournal(range(1, 10)), "e", ask) is None


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    """A station beside an office that publishes."""
    found = Bench(path)
    yield found
    found.close()


@pytest.mark.parametrize("went_back", [True, False])
def test_every_line_is_compared_when_the_office_went_back_and_not_every_day(bench: Bench, went_back: bool) -> None:
    office = bench.publishing
    fill(office, "", "t", 3)
    bench.agent.turn()
    bench.store.journal.append(CheckedIn(checkin="c", trade="cook"), at=NOW)
    bench.agent.turn()
    office.hellos.clear()
    if went_back:
        office.generation += 1
    else:
        bench.clock.move(86_400)
    bench.agent.turn()
    assert any(hello.spans for hello in office.hellos) is went_back
