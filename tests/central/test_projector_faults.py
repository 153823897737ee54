"""What the projector does while the database or a read model fails: it rests, goes on with others, and says so once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import DatabaseError, OperationalError

from sync.central.core.models import Journal, Quarantine
from sync.central.core.projecting import projector
from sync.central.core.projecting.projector import Projector, project_all
from sync.central.core.projecting.read_models import ReadModel, Told
from sync.central.visits.models import Checkin, DailyCount
from sync.protocol.events import CheckedIn

from .conftest import enrolled, on_both_databases, telling
from .fake_station import FakeStation
from .test_projector import AT, cells, tell

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_a_crash_in_the_middle_leaves_no_half(station: FakeStation, read_models: list[ReadModel]) -> None:
    def crash(_events: Sequence[Told]) -> None:
        raise DatabaseError("disk full")

    crashing = telling(crash)
    read_models.append(crashing)
    station.sync([station.line(CheckedIn(checkin="a", trade="courier"), at=AT)])
    assert project_all() == 0
    assert not Checkin.objects.exists()
    read_models.remove(crashing)
    project_all()
    assert [visits for *_, visits, _ in cells()] == [1]


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_journal_that_meets_a_database_fault_rests_and_the_others_go_on(read_models: list[ReadModel]) -> None:
    failing: list[str] = []

    def fail(events: Sequence[Told]) -> None:
        if events[0].station == "330502-01":
            failing.append(events[0].epoch)
            raise OperationalError("deadlock detected")

    unlucky, lucky = enrolled("330502-01"), enrolled("330502-02", "凤凰")
    locked = telling(fail)
    read_models.append(locked)
    for station in (unlucky, lucky):
        station.sync([station.line(CheckedIn(checkin="a", trade="courier"), at=AT)])
    clock = Clock()
    projector = Projector(clock)
    assert projector.drain(threading.Event()) == 1
    assert list(DailyCount.objects.values_list("station_id", "visits")) == [("330502-02", 1)]
    tried = []
    for _ in range(20):
        tried.append(len(failing))
        clock.now_s += 1
        projector.drain(threading.Event())
    assert tried == [1, 2, 2, 3, 3, 3, 3, *[4] * 8, *[5] * 5], "after 1, 2, 4, 8 seconds"
    read_models.remove(locked)
    clock.now_s += 16
    assert projector.drain(threading.Event()) == 1
    assert not Quarantine.objects.exists()
    assert Checkin.objects.count() == 2


def test_when_everything_fails_it_is_not_tried_journal_by_journal(read_models: list[ReadModel]) -> None:
    def fail(_events: Sequence[Told]) -> None:
        raise OperationalError("disk full")

    read_models.append(telling(fail))
    station = enrolled()
    for number in range(120):
        station.epoch, station.next_seq, station.acked = f"epoch-{number}", 1, 0
        station.sync([station.line(CheckedIn(checkin="a", trade="courier"), at=AT)])
    projector = Projector(Clock())
    assert projector.drain(threading.Event()) == 0
    assert len(projector._rests) == 100


def test_poison_is_set_aside_once_and_the_rest_counted(station: FakeStation, read_models: list[ReadModel]) -> None:
    def choke(events: Sequence[Told]) -> None:
        if any(told.seq == 2 for told in events):
            raise ValueError("cannot")

    read_models.append(telling(choke))
    tell(station, *(CheckedIn(checkin=f"c{number}", trade="courier") for number in range(3)))
    assert [visits for *_, visits, _ in cells()] == [2]
    record = Quarantine.objects.get()
    assert (record.why, record.seq, record.code) == ("projection", 2, "ValueError")
    assert Journal.objects.get().projected == 3


def test_a_database_that_is_away_is_told_once_and_once_when_it_is_back(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    stop = threading.Event()
    left = [OperationalError("secret"), OperationalError("secret")]

    def drain(_projector: Projector, _stop: threading.Event) -> int:
        if left:
            raise left.pop()
        stop.set()
        return 0

    monkeypatch.setattr(Projector, "drain", drain)
    monkeypatch.setattr(projector, "_POLL_S", 0.0)
    monkeypatch.setattr(projector, "close_old_connections", lambda: None)
    monkeypatch.setattr(projector.connection, "close", lambda: None)
    projector.run_projector(stop)
    assert [record.getMessage() for record in caplog.records] == [
        "projector: database not available, trying until it is: OperationalError", "projector: the database is back",
    ]
    assert not any(record.exc_info for record in caplog.records)
