"""A process that has office and station loaded, and plays runs on one kind of database; forks are cheap from it."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from pathlib import Path

from .databases import OfficeDatabase, PostgresDatabase, SqliteDatabase


def set_up(folder: Path, admin_url: str) -> OfficeDatabase:
    """Load the office on a database of its own, migrated and empty; SQLite without an address of a cluster."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["YIZHAN_CENTRAL_DATA"] = str(folder / "office")
    os.environ["YIZHAN_SYNC_PERIOD_S"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
    os.environ.pop("YIZHAN_DATABASE_URL", None)
    database: OfficeDatabase
    if admin_url:
        made = PostgresDatabase(admin_url, f"run_{secrets.token_hex(4)}")
        made.create()
        os.environ["YIZHAN_DATABASE_URL"] = made.url
        database = made
    else:
        database = SqliteDatabase(folder / "office" / "office.db")
    from sync.central.__main__ import main

    if main(["migrate"]):
        sys.exit("the office's database cannot be made")
    _warm_up()
    database.keep_template()
    return database


def _warm_up() -> None:
    """Load what a serving office loads, so that a fork has it."""
    import http.cookies  # noqa: F401

    import uvicorn.lifespan.on
    import uvicorn.protocols.http.h11_impl  # noqa: F401
    from django.db import connections
    from django.urls import get_resolver

    from sync.central import serving  # noqa: F401

    _ = get_resolver().url_patterns
    connections.close_all()

