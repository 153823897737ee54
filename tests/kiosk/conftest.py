"""The services over a real store, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.checkin.service import CheckinService
from kiosk.clock import FakeClock
from kiosk.lending.service import LendingService
from kiosk.stage.equipment import EquipmentService
from kiosk.stage.ground import Ground
from kiosk.stage.station import StationService
from kiosk.stage.visit import VisitService
from sync.station.store import Store
from tests.published import IDENTITY, PublishedDocuments


@dataclass
class Desk:
    """One station, and the services that share a visit there; others are made on its ground by their own tests."""

    store: Store
    clock: FakeClock
    office: PublishedDocuments
    ground: Ground
    station: StationService
    visits: VisitService
    checkins: CheckinService
    lending: LendingService
    equipment: EquipmentService

    def kinds(self) -> list[str]:
        """Kinds in the journal, oldest first."""
        identity = self.store.facts.identity()
        lines = self.store.journal.pending(identity.epoch, 1_000, 1_000_000)
        return [line.split(b'"kind":"')[1].split(b'"')[0].decode() for line in lines]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store.open(tmp_path / "station.db", create=True)
    store.enrol(IDENTITY)
    office = PublishedDocuments(store)
    office.publishes_a_town()
    clock = FakeClock()
    station = StationService(store, clock)
    visits = VisitService(store, station, clock)
    checkins = CheckinService(store, station, visits)
    lending = LendingService(store, station, visits)
    ground = Ground(store, station, visits, clock)
    yield Desk(store, clock, office, ground, station, visits, checkins, lending, EquipmentService(store, station))
    store.close()
