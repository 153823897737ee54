"""A real office, a real agent and a real door to the machine, whose programs only note what they are asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sync.protocol.events import CheckedIn
from sync.station.clock import read_boot_time
from sync.station.facts import Drawn, Service
from sync.station.identity import store_path
from sync.station.store import Store
from tests.central.live import LiveOffice
from tests.central.test_live_faults import logged_in, post, token_in
from tests.sync.station.host.conftest import HostProcess

from .waiting import wait_until


@pytest.fixture
def door(tmp_path: Path) -> Iterator[HostProcess]:
    folder = tmp_path / "machine"
    folder.mkdir()
    found = HostProcess(folder)
    yield found
    found.close()


@contextmanager
def agent_of(data: Path, door: HostProcess, stick: Path) -> Iterator[None]:
    words = [
        sys.executable, "-m", "sync.station", "run", "--now", "--data", str(data), "--host", str(door.socket),
        "--updates", str(door.updates), "--stick", str(stick),
    ]
    process = subprocess.Popen(words)
    try:
        yield
    finally:
        process.kill()
        process.wait(60)


def bundle(path: Path, version: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(f"hsqs\nsigned\nversion {version}\n".encode() + b"." * 300_000)
    return path


def worker_comes(data: Path) -> None:
    """So that nothing is installed by itself, at whatever time of day this runs."""
    store = Store.open(store_path(data))
    store.journal.append(CheckedIn(checkin="c1", trade="courier"), at=datetime.now(UTC))
    store.close()


def results(office: LiveOffice, station: str) -> list[tuple[str, str]]:
    return office.rows(f"SELECT version, kind FROM fleet_result WHERE station_id = '{station}' ORDER BY id")


@pytest.mark.slow
def test_a_release_is_fetched_and_a_stick_installed_and_kept(
    office: LiveOffice, station: str, data: Path, door: HostProcess, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    file = bundle(tmp_path / "new.raucb", "2026.12.1")
    office.run("release", "add", str(file), "--version", "2026.12.1")
    office.run("release", "ring", "2026.12.1", "100", "--region", "3305")
    worker_comes(data)
    with agent_of(data, door, stick):
        wait_until(lambda: any(door.updates.glob("2026.12.1-*.raucb")), "the bundle")
    assert next(door.updates.glob("2026.12.1-*.raucb")).read_bytes() == file.read_bytes()
    bundle(stick / "new.raucb", "2026.12.5")
    store = Store.open(store_path(data))
    store.facts.put(Drawn(read_boot_time().boot, 1.0, scanners_answering=0))
    store.close()
    with agent_of(data, door, stick):
        wait_until(lambda: "systemctl [--no-block] [reboot]" in door.ran, "the reboot")
        wait_until(lambda: results(office, station) == [("2026.12.5", "installed")], "the office knows")
    door.runs("2026.12.5")
    with agent_of(data, door, stick):
        wait_until(lambda: results(office, station)[-1] == ("2026.12.5", "committed"), "the office knows")
    assert "rauc [status] [mark-good] [booted]" in door.ran
    assert "2026.12.1  全部  100%  3305" in office.run("release", "list")


def test_what_staff_press_is_done_at_the_station_once(
    office: LiveOffice, station: str, data: Path, door: HostProcess, tmp_path: Path
) -> None:
    session = logged_in(office, f"staff-{station}")
    office.run("fleet", "allow", f"staff-{station}")
    page = session.get(f"{office.url}/fleet/station/{station}/").text
    for do in ("restart", "send_logs", "out_of_service"):
        code = post(session, office, f"/fleet/station/{station}/tell", token_in(page), do=do)
        assert code == 302
    with agent_of(data, door, tmp_path / "stick"):
        wait_until(lambda: len(answered(office, station)) == 3, "three answers")
    assert answered(office, station) == [("done",)] * 3
    assert door.ran.count("systemctl [--no-block] [restart] [yizhan-kiosk.service]") == 1
    store = Store.open(store_path(data))
    found = store.facts.find(Service)
    store.close()
    assert found
    assert not found.is_open
    assert "kiosk: called ***********" in log_of(session, office, station)
    session.close()


def answered(office: LiveOffice, station: str) -> list[tuple[str]]:
    return office.rows(f"SELECT how FROM fleet_answer WHERE station_id = '{station}' AND how <> ''")


def log_of(session: requests.Session, office: LiveOffice, station: str) -> str:
    page = session.get(f"{office.url}/fleet/station/{station}/").text
    address = page.partition(f'href="/fleet/station/{station}/log/')[2].partition('"')[0]
    return session.get(f"{office.url}/fleet/station/{station}/log/{address}").text
