"""A process that has office and station loaded, and plays on one database; forks are cheap from it.

Commands come on standard input, a seed, or the `module:name` of a story and its
arguments; outcomes go to standard
output, a line of JSON each.
"""

from __future__ import annotations

import gc
import importlib
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from .databases import OfficeDatabase, PostgresDatabase, SqliteDatabase
from .outcomes import Outcome, played
from .play import Play

ROOT: Final = Path(__file__).resolve().parents[3]


class Worker:
    """The other end: has it play, and hears how it went."""

    def __init__(self, folder: Path, database: str, admin_url: str = "") -> None:
        self.database = database
        self._process = subprocess.Popen(
            [
                "setpriv", "--pdeathsig=KILL", sys.executable, "-m", "tests.sync.faults.worker",
                str(folder), database, admin_url,
            ],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def play(self, what: str) -> Outcome:
        """One run, or one story."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        self._process.stdin.write(f"{what}\n".encode())
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"the worker ended with {self._process.wait(60)} at {what}")
        return msgspec.json.decode(said, type=Outcome)

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait(60)


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

    with redirect_stdout(sys.stderr):   # ours is for outcomes only
        if main(["migrate"]):
            sys.exit("the office's database cannot be made")
    _warm_up()
    database.keep_template()
    return database


def _warm_up() -> None:
    """Load what a serving office loads, so that a fork has it."""
    import uvicorn.lifespan.on
    import uvicorn.protocols.http.h11_impl  # noqa: F401
    from django.db import connections
    from django.urls import get_resolver

    from sync.central import serving  # noqa: F401

    _ = get_resolver().url_patterns
    connections.close_all()
    gc.collect()
    gc.freeze()     # or each fork copies all of this when it first collects


def play_one(what: str, folder: Path, database: OfficeDatabase, name: str) -> Outcome:
    """Play a seed, or a story by `module:name` and its arguments."""
    from .run import SeededRun

    if what.isdigit():
        run = SeededRun(int(what), folder / f"run-{what}", database)
        return played(run, run.run, name)
    place, *arguments = what.split()
    module, _, function = place.partition(":")
    tells = getattr(importlib.import_module(module), function)
    called = "-".join((function, *arguments))
    play = Play(called, folder / called, database)
    return played(play, partial(getattr(tells, "story", tells), play, *arguments), name)


def main() -> None:
    """Play until standard input ends."""
    folder, name, admin_url = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    database = set_up(folder, admin_url)
    for line in sys.stdin:
        outcome = play_one(line.strip(), folder, database, name)
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
