"""A PostgreSQL of the tests' own: in a temporary folder, on a unix socket only, gone afterwards.

    with PostgresCluster() as cluster:
        url = cluster.make_office()             # a migrated, empty office's database, in some 50 ms
        LiveOffice(folder, database_url=url)
        backup = cluster.copy(url)              # as a restored backup would be; nobody may be connected
        rows(url, "SELECT count(*) FROM core_event WHERE kind = ?", "checkin.made")

In pytest the fixture `postgres` is one cluster a session. Where Debian's `postgresql` is not
installed its tests are skipped, except where CI is set.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from tests.central.processes import run_office

_DEBIAN = Path("/usr/lib/postgresql")
_START_S = 60
_STOP_S = 30


class NoPostgres(RuntimeError):
    """PostgreSQL's server is not installed here."""


class PostgresCluster:
    """One server with its data; use as a context manager, or call `start` and `stop`.

    `fsync` stays on, as in real use; a test of nothing but logic may turn it off. The server ends
    with the process that started it, however that ends.
    """

    def __init__(self, *, fsync: bool = True) -> None:
        self._bin = _find_binaries()
        self._fsync = fsync
        self._numbers = itertools.count(1)
        self._template = ""
        self._folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresCluster:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Make the data folder and start serving; returns once it answers."""
        self._folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))   # 0700: its socket is nobody else's
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        try:
            self._run_initdb(self._folder / "data")
            self._server = self._start_server(self._folder)
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and delete its data; does nothing a second time."""
        server, self._server = self._server, None
        folder, self._folder = self._folder, None
        if server is not None:
            server.send_signal(signal.SIGINT)   # fast: does not wait for those who are connected
            try:
                server.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server as a power cut would, then start it again on the same data."""
        if self._server is None or self._folder is None:
            raise RuntimeError("the cluster does not run")
        self._server.send_signal(signal.SIGQUIT)    # immediate: no shutdown, recovery at the next start
        self._server.wait(_STOP_S)
        self._server = self._start_server(self._folder)
        self._wait_until_it_answers()

    def make_database(self, template: str = "template0") -> str:
        """A new database's address for YIZHAN_DATABASE_URL; `template` is a database's name."""
        name = f"yizhan_{next(self._numbers)}"
        self._command("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self._url(name)

    def make_office(self) -> str:
        """The address of a new database that is migrated and empty."""
        if not self._template:
            url = self.make_database()
            run_central(url, "migrate")
            self._template = database_name(url)
        return self.make_database(self._template)

    def copy(self, url: str) -> str:
        """The address of a new database like this one, to which nobody may be connected."""
        return self.make_database(database_name(url))

    def replace(self, url: str, backup: str) -> None:
        """Make a database what another one is, as when a backup is put back; nobody may be connected."""
        self.drop(url)
        self._command("CREATE DATABASE {} TEMPLATE {}", database_name(url), database_name(backup))

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected."""
        self._command("DROP DATABASE IF EXISTS {} WITH (FORCE)", database_name(url))

    @property
    def server_pid(self) -> int:
        """The server's process, to be watched or measured."""
        if self._server is None:
            raise RuntimeError("the cluster does not run")
        return self._server.pid

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={quote(str(self._folder), safe='')}"

    def _command(self, words: str, *names: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))  # pyright: ignore[reportArgumentType]

    def _run_initdb(self, data: Path) -> None:
        done = subprocess.run(
            [*_as_postgres(), str(self._bin / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            cwd="/", capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr[-2000:]}")

    def _start_server(self, folder: Path) -> subprocess.Popen[bytes]:
        settings = {
            "unix_socket_directories": str(folder),
            "listen_addresses": "",
            "fsync": "on" if self._fsync else "off",
            "timezone": "UTC",
            "jit": "off",       # compiling takes longer than any query here
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*_as_postgres(), str(self._bin / "postgres"), "-D", str(folder / "data"), *options],
                cwd="/", stdout=log, stderr=log,
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self._url("postgres")).close()
            except psycopg.OperationalError as fault:
                if self._server is None or self._server.poll() is not None or time.monotonic() > deadline:
                    log = (self._folder or Path()) / "log"
                    raise RuntimeError(f"postgres did not start: {log.read_text()[-2000:]}") from fault
                time.sleep(0.05)
            else:
                return


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows straight from a database; `?` stands for a value, as in SQLite."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.replace("?", "%s").encode(), values or None).fetchall()


def run_central(url: str, *arguments: str) -> str:
    """One `yizhan-central` command on a database; its output."""
    with tempfile.TemporaryDirectory(prefix="yizhan-office-") as folder:
        given = {**os.environ, "YIZHAN_DATABASE_URL": url, "YIZHAN_CENTRAL_DATA": folder}
        return run_office({**given, "DJANGO_SETTINGS_MODULE": "sync.central.settings"}, *arguments)


def database_name(url: str) -> str:
    """What a database is called within its cluster."""
    return urlsplit(url).path[1:]


def _find_binaries() -> Path:
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise NoPostgres("PostgreSQL is not installed here: apt-get install postgresql")
    return found[-1].parent


def _as_postgres() -> list[str]:
    # The server dies with us even if we are killed; it refuses to run as root.
    somebody = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *somebody, "--pdeathsig=INT"]
