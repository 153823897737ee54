"""`yizhan-central serve` as a set of processes: pages and doors, projector, and a database that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sync.protocol.events import CheckedIn
from tests.postgres import PostgresCluster
from tests.sync.two_processes.waiting import wait_until

from .live import LiveOffice, station_of

CHECKIN = CheckedIn(checkin="c1", trade="courier")
THREADS = 4     # each finds out by itself that its connection is gone


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    office = LiveOffice(tmp_path, forks=False)
    office.add_station("330502-01")
    with office:
        yield office


def projectors(office: LiveOffice) -> list[psutil.Process]:
    return [child for child in psutil.Process(office.server_pid).children() if child.is_running()]


def test_a_projector_that_dies_is_started_again(office: LiveOffice) -> None:
    wait_until(lambda: bool(projectors(office)), "a projector")
    first = projectors(office)[0]
    first.kill()
    station = station_of(office, "330502-01")
    station.sync([station.line(CHECKIN)])
    office.wait_until_projected()
    assert projectors(office)[0].pid != first.pid
    assert "starting it again" in office.log_path.read_text()


@pytest.mark.parametrize("is_killed", [True, False])
def test_the_projector_ends_with_the_office_however_that_ends(office: LiveOffice, is_killed: bool) -> None:
    wait_until(lambda: bool(projectors(office)), "a projector")
    child = projectors(office)[0]
    assert (office.kill() if is_killed else office.stop()) == (-9 if is_killed else 0)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the projector's end")
    assert "Traceback" not in office.log_path.read_text()


def test_a_database_that_was_restarted_is_found_again(tmp_path: Path, postgres: PostgresCluster) -> None:
    with LiveOffice(tmp_path, database_url=postgres.make_office()) as office:
        office.add_station("330502-01")
        station = station_of(office, "330502-01")
        lines = [station.line(CHECKIN)]
        assert station.sync(lines).status == 200
        for _ in range(3 * THREADS):
            assert station.sync().status == 200
        postgres.kill()
        lines.append(station.line(CHECKIN))
        replies = [station.sync(lines[1:]) for _ in range(3 * THREADS)]
        refused = [reply.refusal.code for reply in replies if reply.status != 200]
        assert set(refused) <= {"busy"}
        assert len(refused) <= THREADS
        assert replies[-1].receipt.head == 2
        assert [event.line for event in office.events()] == lines
        office.wait_until_projected()
