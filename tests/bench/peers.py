"""The peers of the sync bench: set up in build/peers, one round at a time, figures named as ours are.

They come as a folder of their own (`make bench-sync PEERS=folder`), which is copied, for it may be read-only: Morango
as shipped (it sleeps up to a second after each chunk) and tuned (sleeps out, gzip on), PouchDB, and the plain floor,
an outbox without signatures, validation or scopes. What one of them does not count has no figure.

Each counts headers: Morango in its session, PouchDB at the server's socket, the floor in its client. A peer is idle
when it has pushed nothing and pulled nothing, which one exchange of ours does both.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import psycopg

HOME: Final = Path("build/peers")
NEW: Final = 100                # records of an increment; the peers have this number in them
_PORT: Final = 54399            # likewise
_ROUND_S: Final = 900
_PACKAGES: Final = ("morango", "psycopg2-binary", "psutil", "waitress", "requests")
_LIBRARIES: Final = ("pouchdb@9", "pouchdb-server@4.2", "express-pouchdb@4.2", "express@4")
_HERD_LINE: Final = re.compile(r"new connection: .* server python CPU ([\d.]+) ms each")

Figures = dict[str, float]


@dataclass(frozen=True, eq=False)
class Peer:
    """One program that does what ours does; `databases` are those of the office it stands beside."""

    name: str
    databases: tuple[str, ...]
    command: tuple[str, ...]    # database and number of records follow
    kind: str
    read: Callable[[Mapping[str, Any]], Figures]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def run(self, count: int, environment: Mapping[str, str]) -> Figures:
        """One round of this many records; raises RuntimeError."""
        kind = [self.kind] if self.kind else []
        output = _run([*self.command, *kind, str(count), "1"], {**environment, **self.environment})
        return self.read(json.loads(output.splitlines()[0]))


def find_peers(source: Path) -> list[Peer]:
    """All of them, ready to run; none if the folder is missing, which is said."""
    if not (source / "floor" / "floor.py").is_file():
        print(f"bench: no peers in {source}, ours is measured alone; PEERS=folder names another place")
        return []
    _set_up(source)
    tuned = {"BENCH_NOSLEEP": "1", "BENCH_GZIP": "1"}
    morango, floor = ("morango_bench/run.py",), ("floor/floor.py",)
    return [
        Peer("Morango as shipped", ("postgres", "sqlite"), morango, "sqlite", _read_morango),
        Peer("Morango tuned", ("postgres",), morango, "pg", _read_morango, tuned),
        Peer("Morango tuned", ("sqlite",), morango, "sqlite", _read_morango, tuned),
        Peer("PouchDB", ("postgres", "sqlite"), ("npm/run.py",), "", _read_pouch),
        Peer("floor", ("postgres",), floor, "pg", _read_floor),
        Peer("floor", ("sqlite",), floor, "sqlite", _read_floor),
    ]


def peers_environment(database_url: str) -> dict[str, str]:
    """What lets the peers use this PostgreSQL, on whose machine the socket lies; empty without one."""
    if not database_url:
        return {}
    folder = Path(parse_qs(urlsplit(database_url).query)["host"][0])
    with psycopg.connect(database_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'bench'").fetchone() is None:
            connection.execute("CREATE ROLE bench SUPERUSER LOGIN")
    socket = folder / f".s.PGSQL.{_PORT}"
    if not socket.exists():
        socket.symlink_to(".s.PGSQL.5432")
    return {"BENCH_PGHOST": str(folder)}


def floor_idle_ms(kind: str, environment: Mapping[str, str]) -> float:
    """CPU of the floor's server for an empty exchange on a connection of its own."""
    output = _run(["floor/herd.py", kind, "2", "300"], environment)
    found = [float(match[1]) for match in map(_HERD_LINE.search, output.splitlines()) if match]
    return sorted(found)[len(found) // 2]


def _set_up(source: Path) -> None:
    if (HOME / ".ready").exists():
        return
    print("bench: setting up the peers in build/peers (a minute)")
    shutil.copytree(source, HOME, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "venv"))
    _call([sys.executable, "-m", "venv", "--clear", "venv"], HOME)
    _call(["venv/bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", *_PACKAGES], HOME)
    _call([_find_program("npm"), "install", "--no-audit", "--no-fund", "--silent", *_LIBRARIES], HOME / "npm")
    (HOME / ".ready").touch()


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    return _call(["venv/bin/python", *command], HOME, environment)


def _call(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    path = os.pathsep.join((str(Path(_find_program("node")).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path, **(environment or {})},
        capture_output=True, text=True, check=False, timeout=_ROUND_S,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout


def _find_program(name: str) -> str:
    # The development's environment has one, if the machine has none.
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError(f"bench: {name} is not here; `make setup` brings it")
    return str(Path(found).absolute())


def _read_morango(result: Mapping[str, Any]) -> Figures:
    push, pull, push_idle, pull_idle = (result[name] for name in ("push_full", "pull_full", "push_noop", "pull_noop"))
    # Its full pull counts one record more than there are events: the user it signs in with.
    return {
        "push-per-s": push["records"] / push["total_s"],
        "pull-per-s": result["local_events"] / pull["total_s"],
        "incr-100-ms": result["push_incr"]["total_s"] * 1_000,
        "idle-bytes": sum(idle["sent"] + idle["recv"] for idle in (push_idle, pull_idle)),
        "idle-server-cpu-ms": (push_idle["srv_cpu_s"] + pull_idle["srv_cpu_s"]) * 1_000,
        "push-bytes-per-record": (push["sent"] + push["recv"]) / push["records"],
        "pull-bytes-per-record": (pull["sent"] + pull["recv"]) / result["local_events"],
        "station-peak-mb": max(result["client_peak_rss_mb"], result["pull_client_peak_rss_mb"]),
        "server-peak-mb": result["server_peak_rss_mb"],
    }


def _read_pouch(result: Mapping[str, Any]) -> Figures:
    idle = (result["push_noop"], result["pull_noop"])
    return {
        **_read_transfers(result),
        "push-requests": result["push_full"]["reqs"],
        "pull-requests": result["pull_full"]["reqs"],
        "incr-requests": result["push_incr"]["reqs"],
        "idle-requests": sum(one["reqs"] for one in idle),
    }


def _read_floor(result: Mapping[str, Any]) -> Figures:
    return {**_read_transfers(result), "idle-requests": 2}


def _read_transfers(result: Mapping[str, Any]) -> Figures:
    push, pull = result["push_full"], result["pull_full"]
    return {
        "push-per-s": push["records"] / push["total_s"],
        "pull-per-s": pull["records"] / pull["total_s"],
        "incr-100-ms": result["push_incr"]["total_s"] * 1_000,
        "idle-bytes": sum(result[name][way] for name in ("push_noop", "pull_noop") for way in ("up", "down")),
        "push-bytes-per-record": (push["up"] + push["down"]) / push["records"],
        "pull-bytes-per-record": (pull["up"] + pull["down"]) / pull["records"],
        "station-peak-mb": max(result["push_rss"], result["pull_rss"]),
        "server-peak-mb": result["server_rss"],
    }
