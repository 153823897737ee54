"""Everything in this folder once more, on PostgreSQL: Django has one database in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import PostgresCluster

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Who asks for `make_database` runs on both kinds anyway; its tests bear their names, and so does this file.
REST = "not sqlite and not postgresql"


@pytest.mark.slow
@pytest.mark.timeout(900)   # of some four hundred tests
def test_the_office_is_the_same_on_postgresql(postgres: PostgresCluster) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-k", REST, str(HERE)],
        env={**os.environ, "YIZHAN_DATABASE_URL": postgres.make_database()},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    print(done.stdout[-20_000:], done.stderr[-5_000:])
    assert done.returncode == 0, "see the output above; alone: YIZHAN_DATABASE_URL=postgresql://… pytest tests/central"
