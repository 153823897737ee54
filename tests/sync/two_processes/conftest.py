"""A real office, and an enrolled station's folder whose cable can be cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.station.exchange.enrol import enrol
from tests.central.live import LiveOffice
from tests.relay import Relay

STATION = "330502-01"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path_factory.mktemp("office"), period_s=1) as served:
        yield served


@pytest.fixture
def relay(office: LiveOffice) -> Iterator[Relay]:
    with Relay(office.port) as cable:
        yield cable


@pytest.fixture
def station(office: LiveOffice, request: pytest.FixtureRequest) -> str:
    """A new station of its own for each test."""
    number = len(office.rows("SELECT id FROM core_station")) + 1
    name = f"330502-{number:02}"
    office.add_station(name)
    return name


@pytest.fixture
def data(office: LiveOffice, relay: Relay, station: str, tmp_path: Path) -> Path:
    """The station's folder, enrolled through the cable."""
    folder = tmp_path / "station"
    enrol(folder, relay.url, office.make_code(station))
    return folder
