"""Options of the whole test run, and what it has one of: the screen, the databases."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.central.processes import end_forking
from tests.chance import IS_FIXED, tries
from tests.postgres import NoPostgres, PostgresCluster
from tests.x11 import virtual_screen


def pytest_configure() -> None:
    """How long one example may take depends on who else uses the machine."""
    hypothesis.settings.register_profile(
        "here", max_examples=tries(25), deadline=None, derandomize=IS_FIXED, database=None
    )
    hypothesis.settings.load_profile("here")


def pytest_collection_finish() -> None:
    """What is collected stays to the end; looking through it again and again took a tenth of all time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Nothing that was started goes on."""
    end_forking()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scanner", metavar="URL", help="also run the scanner tests on this real one, /dev/ttyACM0")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL server of this run's own."""
    try:
        cluster = PostgresCluster()
    except NoPostgres as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    with cluster:
        yield cluster


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def make_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes an empty office's database, for `LiveOffice(database_url=…)`; who asks for it runs on both kinds."""
    if request.param == "sqlite":
        return lambda: ""   # a file in the office's folder
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return cluster.make_office


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A screen large enough for both orientations, with Kivy told of it before it is imported."""
    with virtual_screen(1920, 1920) as name:
        os.environ["DISPLAY"] = name
        from kiosk.ui.prepare import prepare

        prepare(tmp_path_factory.mktemp("kivy"), (360, 640), fullscreen=False)
        from kivy.config import Config

        Config.set("graphics", "maxfps", "0")   # tests draw frame after frame without waiting
        yield name


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The office in this process keeps a real file, whichever test asks for it first."""
    from django.db import connection

    folder: Path = tmp_path_factory.mktemp("office")
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(folder / "test.db")
