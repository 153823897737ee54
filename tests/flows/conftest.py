"""Kiosks in the one window that serves all flow tests of a run."""

from __future__ import annotations

import os
import shutil
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
_FAILED = pytest.StashKey[bool]()


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


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station where nothing has happened yet."""
    folder = tmp_path_factory.mktemp("town")
    enrol(folder)
    return folder


@pytest.fixture(scope="session")
def stand(display: str, town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Kiosk]]:
    """The kiosk that stands in the one window, started where none does."""
    from tests.flows.kiosk import Kiosk

    def find_or_start() -> Kiosk:
        if Kiosk.standing is None:
            folder = tmp_path_factory.mktemp("standing") / "station"
            shutil.copytree(town, folder)
            Kiosk.standing = Kiosk(folder, FONTS)
        return Kiosk.standing

    yield find_or_start
    Kiosk.end_standing()


@pytest.fixture
def kiosk(request: pytest.FixtureRequest, stand: Callable[[], Kiosk], town: Path) -> Iterator[Kiosk]:
    """A kiosk on its home screen, of a station where nothing has happened yet.

    It stands from test to test, as in the field: its screens are made once. A test that fails takes it along.
    """
    from kiosk.ui import garbage

    standing = stand()
    garbage.collect_here_alone()
    try:
        standing.begin_anew(town)
        assert standing.shows("home")
        yield standing
    finally:
        garbage.collect_anywhere()      # it collects only while it draws, and other tests may follow
        if _FAILED in request.node.stash:
            type(standing).end_standing()


def pytest_exception_interact(node: pytest.Item) -> None:
    """What a failed test left on the screen is no place for the next one to begin."""
    node.stash[_FAILED] = True
