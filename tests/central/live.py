"""A real office in a process of its own, for tests on both sides of the line."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests import postgres
from tests.ports import free_port

from .fake_station import FakeStation, Post, Reply
from .processes import CentralProcess, run_office

_START_S = 60
_STOP_S = 60


class StoredEvent(NamedTuple):
    """One row of the office's events."""

    station: str
    epoch: str
    seq: int
    kind: str
    subject: str
    line: bytes
    digest: str


class LiveOffice:
    """`yizhan-central serve` on a free port of loopback, with its own data folder and database.

    The database is the one at `database_url` (see tests/postgres.py), or SQLite in the folder. `forks` says that its
    projector is forked as the office is, instead of started.
    Use as a context manager, or call `start` and `stop`. `restart` keeps the port.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str = "",
        example: bool = False,
        period_s: float = 1,
        projector: bool = True,
        host: str = "127.0.0.1",
        settings: Mapping[str, str] | None = None,
        forks: bool = True,
    ) -> None:
        self.folder = folder
        self._forks = forks
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "office.log"
        self._arguments = ["serve", "--host", host, "--port", str(self.port)]
        self._arguments += [] if projector else ["--no-projector"]
        self._environment = _environment(
            folder, database_url, YIZHAN_CENTRAL_URL=self.url, YIZHAN_SYNC_PERIOD_S=str(period_s), **(settings or {})
        )
        self._process: CentralProcess | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if not database_url and not (folder / "office.db").exists():
            shutil.copy(_template(example=example), folder / "office.db")
            return
        self.run("migrate")
        if example:
            self.run("example", "--bare")

    def __enter__(self) -> LiveOffice:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start serving and wait until it answers."""
        self._process = self.spawn(*self._arguments)
        deadline = time.monotonic() + _START_S
        while True:
            try:
                with urlopen(f"{self.url}/login/", timeout=60):
                    return
            except (URLError, OSError) as fault:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RuntimeError(f"office did not start: {self.log_path.read_text()[-2000:]}") from fault
                time.sleep(0.05)

    def stop(self) -> int | None:
        """End it as systemd would; its exit code, None if it did not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int | None:
        """End it as a power cut would; its exit code, None if it did not run."""
        return self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port and data."""
        self.stop()
        self.start()

    @property
    def server_pid(self) -> int:
        """The office's process, to be watched or measured."""
        if self._process is None:
            raise RuntimeError("the office does not run")
        return self._process.pid

    def spawn(self, *arguments: str) -> CentralProcess:
        """One `yizhan-central` command beside the office, its output in the log; the caller ends it."""
        streams = (Path(os.devnull), self.log_path, self.log_path)
        return CentralProcess(arguments, self._environment, *streams, forks=self._forks)

    def run(self, *arguments: str, stdin: str = "") -> str:
        """One `yizhan-central` command; its output, stripped."""
        return run_office(self._environment, *arguments, stdin=stdin)

    def add_station(self, station: str, name: str = "衣裳街", region: str = "330502", place: str = "新享驿站") -> None:
        """Create a station with default settings."""
        self.run("station", "add", station, "--name", name, "--place", place, "--region", region)

    def make_code(self, station: str) -> str:
        """A one-time enrolment code for it."""
        return self.run("station", "code", station)

    def revoke(self, station: str) -> None:
        """Stop a station's key from being accepted."""
        self.run("station", "revoke", station)

    def add_user(self, name: str = "office") -> str:
        """A login; returns its password."""
        return self.run("user", "add", name)

    def events(self) -> list[StoredEvent]:
        """Every stored event by station, order of epochs, seq."""
        rows = self.rows(
            "SELECT j.station_id, j.epoch, e.seq, e.kind, e.subject, e.line, e.digest FROM core_event e"
            " JOIN core_journal j ON j.id = e.journal_id ORDER BY j.station_id, j.id, e.seq"
        )
        return [StoredEvent(*row) for row in rows]

    def unprojected(self) -> int:
        """How many journals the projector has still to work on; 0 means the pages are up to date."""
        return int(self.rows("SELECT count(*) FROM core_journal WHERE head > projected")[0][0])

    def wait_until_projected(self, deadline_s: float = 60) -> None:
        """Wait until every stored event is in the read models."""
        deadline = time.monotonic() + deadline_s
        while self.unprojected():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.unprojected()} journals are not projected: {self.log_path}")
            time.sleep(0.02)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows straight from the office's database, read only; `?` stands for a value."""
        if self.database_url:
            return postgres.rows(self.database_url, sql, *values)
        database = sqlite3.connect(f"file:{self.folder / 'office.db'}?mode=ro", uri=True, timeout=20)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def post_to(office: LiveOffice) -> Post:
    """What a fake station sends with."""
    def post(path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            with urlopen(Request(office.url + path, data=body, headers=dict(headers)), timeout=60) as response:
                return Reply(response.status, response.read())
        except HTTPError as refused:
            with refused:
                return Reply(refused.code, refused.read())

    return post


def station_of(office: LiveOffice, station: str) -> FakeStation:
    """A station enrolled over the wire."""
    fake = FakeStation(post_to(office), station)
    if fake.enrol(office.make_code(station)).status != 200:
        raise RuntimeError("not enrolled")
    return fake


def _environment(folder: Path, database_url: str = "", **more: str) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name != "YIZHAN_DATABASE_URL"}
    if database_url:
        more["YIZHAN_DATABASE_URL"] = database_url
    return {**given, "YIZHAN_CENTRAL_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "sync.central.settings", **more}


@functools.cache
def _template(*, example: bool) -> Path:
    """An office's database as `migrate`, and `example`, make it; once for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="yizhan-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if example:
        shutil.copy(_template(example=False), folder / "office.db")
    run_office(_environment(folder), *(["example", "--bare"] if example else ["migrate"]))
    return folder / "office.db"
