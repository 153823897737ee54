"""A station's folder, and a store in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.station.identity import store_path
from sync.station.store import Store

from .agent_bench import IDENTITY, Bench


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The station's folder."""
    return tmp_path / "station"


@pytest.fixture
def path(data: Path) -> Path:
    """An enrolled, closed store."""
    data.mkdir()
    store = Store.open(store_path(data), create=True)
    store.enrol(IDENTITY)
    store.close()
    return store_path(data)


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An enrolled, open store."""
    opened = Store.open(path, busy_timeout_s=0.05)
    yield opened
    opened.close()


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    """An agent at work on the store."""
    found = Bench(path)
    yield found
    found.agent.close()
    found.store.close()
