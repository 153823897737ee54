"""Options and databases of the whole test run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import hypothesis
import pytest

from tests.central.processes import end_forking
from tests.chance import IS_FIXED, tries
from tests.postgres import NoPostgres, PostgresCluster


def pytest_configure() -> None:
    """How long one example may take depends on who else uses the machine."""
    hypothesis.settings.register_profile(
        "here", max_examples=tries(25), deadline=None, derandomize=IS_FIXED, database=None
    )
    hypothesis.settings.load_profile("here")


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
