"""The office's database put back to an older state: what stations still have comes again, exactly once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from devices.codes import make_label
from sync.protocol.documents import Copy, decode_document
from sync.protocol.events import BookBorrowed, BookReturned, CheckedIn, Event
from sync.station.exchange.enrol import enrol
from sync.station.identity import store_path
from sync.station.store import Store
from tests.central.live import LiveOffice
from tests.postgres import PostgresCluster

from .test_line import running_agent
from .waiting import wait_until

pytestmark = pytest.mark.slow

STATION = "330502-01"
LABEL = make_label(1)   # of the example, at this station
BEFORE: list[Event] = [
    CheckedIn(checkin="a", trade="courier"), BookBorrowed(label=LABEL, due_on=date(2026, 12, 23)),
]
SINCE: list[Event] = [
    BookReturned(label=LABEL), CheckedIn(checkin="b", trade="courier"), CheckedIn(checkin="c", trade="sanitation"),
    BookBorrowed(label=LABEL, due_on=date(2026, 12, 24)),
]


class Backups:
    """Takes a stopped office's database aside, and puts it back."""

    def __init__(self, request: pytest.FixtureRequest, office: LiveOffice) -> None:
        self._office = office
        self._folder = office.folder.parent / "backup"
        self._cluster: PostgresCluster | None = None
        if office.database_url:
            self._cluster = request.getfixturevalue("postgres")
        self._url = ""

    def take(self) -> None:
        if self._cluster is not None:
            self._url = self._cluster.copy(self._office.database_url)
            return
        self._folder.mkdir()
        for file in self._office.folder.glob("office.db*"):
            shutil.copy(file, self._folder)

    def put_back(self) -> None:
        if self._cluster is not None:
            self._cluster.replace(self._office.database_url, self._url)
            return
        for file in self._office.folder.glob("office.db*"):
            file.unlink()
        for file in self._folder.iterdir():
            shutil.copy(file, self._office.folder)


def loans_at_station(store: Store) -> int:
    copy = store.documents.find(Copy, LABEL)
    return copy.loans if copy else 0


def copy_in_office(office: LiveOffice) -> Copy:
    [(body,)] = office.rows("SELECT body FROM core_document WHERE type = 'copy' AND key = ?", LABEL)
    return decode_document(Copy, body)


def generation(office: LiveOffice) -> str:
    return str(office.rows("SELECT generation FROM core_counter")[0][0])


def settle(office: LiveOffice, store: Store, data: Path, loans: int) -> None:
    """Let a real agent work until everything is up, counted, and down again."""
    epoch = store.facts.identity().epoch
    with running_agent(data):
        wait_until(lambda: len(office.events()) == store.journal.top(epoch), "the office holds all")
        wait_until(lambda: store.journal.count("pending") == 0, "all is acknowledged")
        office.wait_until_projected()
        wait_until(lambda: loans_at_station(store) == loans, "the copy came down")
        wait_until(lambda: store.facts.cursor().startswith(generation(office)), "the cursor is of this generation")


def test_what_the_office_forgot_comes_again_exactly_once(
    tmp_path: Path, make_database: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    office = LiveOffice(tmp_path / "office", database_url=make_database(), example=True)
    backups = Backups(request, office)
    data = tmp_path / "station"
    with office:
        enrol(data, office.url, office.make_code(STATION))
        store = Store.open(store_path(data))
        for event in BEFORE:
            store.journal.append(event, at=datetime.now(UTC))
        settle(office, store, data, loans=1)
        office.make_code("330211-01")
        office.stop()
        backups.take()
        office.start()
        for event in SINCE:
            store.journal.append(event, at=datetime.now(UTC))
        settle(office, store, data, loans=2)
        before, first_generation = office.events(), generation(office)
        office.stop()

        backups.put_back()
        assert len(office.events()) == len(BEFORE)
        words = office.run("after-restore")
        assert "1 个驿站下次同步时会核对全部内容" in words
        assert "没用过的 1 个登记码已作废" in words
        assert generation(office) != first_generation

        office.start()
        settle(office, store, data, loans=2)
        assert office.events() == before
        assert [event.seq for event in before] == list(range(1, len(BEFORE + SINCE) + 1))
        assert office.rows("SELECT sum(visits) FROM visits_dailycount") == [(3,)]
        assert office.rows("SELECT count(*) FROM library_move") == [(3,)]
        assert store.documents.get(Copy, LABEL) == copy_in_office(office)
        assert office.rows("SELECT count(*) FROM core_quarantine") == [(0,)]
        store.close()
