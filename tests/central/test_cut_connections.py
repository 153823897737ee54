"""A connection that is cut while a program of the office starts is no reason to end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import PostgresCluster

from .live import LiveOffice

_LOOKS: str = """
import django, os, psycopg
django.setup()
from django.db import connection
from sync.central.databases import is_behind
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_backend_pid()")
    (pid,) = cursor.fetchone()
with psycopg.connect(os.environ["YIZHAN_DATABASE_URL"], autocommit=True) as other:
    other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
print(is_behind())
"""


def test_who_looks_at_the_database_looks_again_when_the_connection_is_cut(
    tmp_path: Path, postgres: PostgresCluster
) -> None:
    office = LiveOffice(tmp_path / "office", database_url=postgres.make_office())
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "sync.central.settings", "YIZHAN_CENTRAL_DATA": str(office.folder),
        "YIZHAN_DATABASE_URL": office.database_url,
    }
    look = [sys.executable, "-c", _LOOKS]
    looked = subprocess.run(look, env=environment, capture_output=True, text=True, check=False)
    assert looked.stdout.strip() == "False", looked.stderr
