"""A line that loses three packets in ten, takes a second each way and carries a megabit: a backlog drains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.protocol.events import CheckedIn
from sync.station.facts import Standing
from sync.station.identity import store_path
from sync.station.store import Store
from tests.central.live import LiveOffice
from tests.ports import free_port
from tests.sync.two_processes.waiting import wait_until

from .invariants import OfficeSide, StationSide, check, read_journal
from .ledger import fact_of
from .netns import OFFICE_END, Namespaces, NoLine, Weather, netem_line, start_relay, tun_line, within

# Minutes, and how many is chance: a lost packet is waited for longer each time. `make soak` plays it.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_500),
    pytest.mark.skipif(not os.environ.get("BAD_LINE"), reason="takes minutes of chance; BAD_LINE=1 or `make soak`"),
]

ROOT = Path(__file__).resolve().parents[3]
STATION = "330502-01"
WEATHER = Weather(loss=0.3, delay_s=1.0, bits_per_s=1_000_000)
EVENTS = 60
LineMaker = Callable[[Namespaces, Weather], AbstractContextManager[object]]


@pytest.fixture(params=[netem_line, tun_line], ids=["netem", "user-space"])
def spaces(request: pytest.FixtureRequest) -> Iterator[Namespaces]:
    """Two namespaces with the line between them."""
    with ExitStack() as stack:
        try:
            spaces = stack.enter_context(Namespaces())
            stack.enter_context(request.param(spaces, WEATHER))
        except NoLine as missing:
            pytest.skip(f"no such line on this machine: {missing}")
        yield spaces


def start_office(office: LiveOffice, spaces: Namespaces) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sync.central", "serve", "--host", OFFICE_END, "--port", str(office.port)]
    with office.log_path.open("ab") as log:
        return subprocess.Popen(
            within(spaces.office, *command), env=office._environment, stdout=log, stderr=log, cwd=ROOT
        )


def station_command(spaces: Namespaces, data: Path, *arguments: str) -> list[str]:
    name, *rest = arguments
    return within(spaces.station, sys.executable, "-m", "sync.station", name, "--data", str(data), *rest)


def is_drained(data: Path) -> bool:
    store = Store.open(store_path(data))
    standing = store.facts.find(Standing) or Standing()
    waits = store.journal.count("pending")
    store.close()
    return not waits and not standing.failing and standing.is_synced


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def test_a_backlog_drains_over_a_line_that_loses_three_packets_in_ten(spaces: Namespaces, tmp_path: Path) -> None:
    office = LiveOffice(tmp_path / "office", example=True)
    office.port = free_port()
    code = office.make_code(STATION)
    data = tmp_path / "station"
    with ExitStack() as stack:
        for process in (start_office(office, spaces), start_relay(spaces, office.port)):
            stack.callback(end, process)
        address = f"http://127.0.0.1:{office.port}"
        enrol = station_command(spaces, data, "enrol", "--office", address, code)
        wait_until(lambda: subprocess.run(enrol, cwd=ROOT, capture_output=True, check=False).returncode == 0,
                   "the station is enrolled", 300)
        store = Store.open(store_path(data))
        for number in range(EVENTS):
            store.journal.append(CheckedIn(checkin=f"c{number}", trade="courier"), at=datetime.now(UTC))
        store.close()
        started_s = time.monotonic()
        log = stack.enter_context((tmp_path / "agent.log").open("wb"))
        agent = subprocess.Popen(station_command(spaces, data, "run", "--now"), cwd=ROOT, stderr=log)
        stack.callback(end, agent)
        try:
            wait_until(lambda: is_drained(data), f"{EVENTS} events and all documents have passed", 900)
        finally:
            print(f"\n{EVENTS} events, drained: {is_drained(data)}, in {time.monotonic() - started_s:.0f} s")
        office.wait_until_projected()
        wait_until(lambda: not faults(office, data), "both sides hold the same", 60)


def faults(office: LiveOffice, data: Path) -> list[str]:
    facts = {fact_of(row.body) for row in read_journal(store_path(data))}
    return check(OfficeSide(office.rows), [StationSide(STATION, store_path(data), facts, facts)])
