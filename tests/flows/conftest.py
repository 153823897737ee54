"""Kiosks in the one window that serves all flow tests of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from sync.station.identity import Keys, name_of
from sync.station.store import Store
from tests.published import IDENTITY, PublishedDocuments

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

FONTS = Path(os.environ.get("YIZHAN_FONTS", "build/fonts"))


def enrol(folder: Path) -> None:
    """Make it the data folder of an enrolled station that the office has published to."""
    store = Store.open(folder / "station.db", create=True)
    store.enrol(IDENTITY)
    PublishedDocuments(store).publishes_a_town()
    store.close()


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """The data folder of a station."""
    enrol(tmp_path)
    return tmp_path


@pytest.fixture
def new_station(tmp_path: Path) -> Path:
    """The data folder of a station that was just enrolled, with its key."""
    folder = tmp_path / "station"
    folder.mkdir()
    store = Store.open(folder / "station.db", create=True)
    store.enrol(replace(IDENTITY, key=name_of(Keys(folder).make())))
    PublishedDocuments(store).publishes_a_town()
    store.close()
    return folder


@pytest.fixture
def start(display: str) -> Iterator[Callable[..., Kiosk]]:
    """Starts kiosks, and stops them when the test is over."""
    from tests.flows.kiosk import Kiosk

    started: list[Kiosk] = []

    def start_kiosk(folder: Path, **given: Any) -> Kiosk:
        started.append(Kiosk(folder, FONTS, **given))
        return started[-1]

    yield start_kiosk
    for kiosk in started:
        kiosk.close()


@pytest.fixture
def kiosk(start: Callable[..., Kiosk], station: Path) -> Kiosk:
    """A kiosk on its home screen."""
    running = start(station)
    running.shows("home")
    return running
