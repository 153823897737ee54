"""Workers that play stories and seeded runs, one on each kind of database."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .worker import ROOT, Worker


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    """A worker; who asks for it runs on both kinds of database."""
    admin_url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").make_database()
    mine = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    process = Worker(ROOT / "build" / "stories" / mine / request.param, request.param, admin_url)
    yield process
    process.close()
