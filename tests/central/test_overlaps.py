"""Exchanges of one station that overlap: a retry while the first is still on its way, and worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.protocol.events import CheckedIn

from .fake_station import FakeStation, Reply
from .live import LiveOffice, station_of

AT_ONCE = 6


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], str]) -> Iterator[LiveOffice]:
    office = LiveOffice(tmp_path_factory.mktemp("office"), database_url=make_database(), projector=False)
    office.add_station("330502-01")
    office.add_station("330502-02")
    with office:
        yield office


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield threads


def send_all(threads: ThreadPoolExecutor, station: FakeStation, batches: list[list[bytes]]) -> list[Reply]:
    bodies = [station.body(lines) for lines in batches]
    return list(threads.map(station.send, bodies))


def test_a_retry_beside_the_first_try_doubles_nothing(office: LiveOffice, threads: ThreadPoolExecutor) -> None:
    station = station_of(office, "330502-01")
    sent: list[bytes] = []
    for size in (1, 2, 300, 5, 40):
        lines = [station.line(CheckedIn(checkin=f"c{station.next_seq}", trade="courier")) for _ in range(size)]
        sent += lines
        replies = send_all(threads, station, [lines] * AT_ONCE)
        assert {reply.status for reply in replies} == {200}
        assert {reply.receipt.head for reply in replies} == {len(sent)}
        # Exactly one of them stored it; to all others it is known.
        assert sorted(len(reply.receipt.results) for reply in replies) == [0] + [size] * (AT_ONCE - 1)
        assert {result.status for reply in replies for result in reply.receipt.results} == {"duplicate"}
    assert [event.line for event in office.events() if event.station == station.id] == sent


def test_batches_that_overlap_in_part_leave_neither_gap_nor_double(
    office: LiveOffice, threads: ThreadPoolExecutor
) -> None:
    station = station_of(office, "330502-02")
    lines = [station.line(CheckedIn(checkin=f"c{number}", trade="courier")) for number in range(200)]
    batches = [lines[start : start + 40] for start in range(0, 200, 20)]
    while (head := max(reply.receipt.head for reply in send_all(threads, station, batches))) < 200:
        assert head >= 40
    assert [event.line for event in office.events() if event.station == station.id] == lines
