from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bench import UpdateBench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UpdateBench]:
    """A station at night, with the screen drawn."""
    found = UpdateBench(tmp_path, monkeypatch)
    yield found
    found.agent.close()
