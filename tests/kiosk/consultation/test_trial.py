"""The self-test in the real browser: with a camera and without, with a relay server and with a dead one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.consultation.browser import Area
from kiosk.consultation.errors import WindowCrashed
from kiosk.consultation.plan import CallPlan
from kiosk.consultation.trial import try_call
from sync.station.exchange.calls import CallOffice
from sync.station.identity import Keys, name_of
from tests.fake_desk import FakeDesk
from tests.flows.conftest import FONTS
from tests.kiosk.consultation.conftest import CHROMIUM
from tests.ports import free_port
from tests.published import IDENTITY

pytestmark = pytest.mark.usefixtures("screen")
AREA = Area(0, 0, 540, 960)
SECRET = "only-for-this-test"


@pytest.fixture
def plan(desk: FakeDesk, tmp_path: Path) -> CallPlan:
    identity = replace(IDENTITY, office=desk.url, key=name_of(Keys(tmp_path).make()))
    return CallPlan("", CallOffice(identity, tmp_path), "zh_CN", (), (CHROMIUM,), 0, fake_camera=True, fonts=FONTS)


@contextmanager
def relay_server(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """A real coturn and how it is reached; nothing where it is not installed."""
    if shutil.which("turnserver") is None:
        yield []
        return
    port = free_port()
    command = [
        "turnserver", "-n", "--no-tls", "--no-dtls", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--no-cli",
        "--allow-loopback-peers", "-a", f"--user=u:{SECRET}", "--realm=yizhan", f"--listening-port={port}",
        f"--pidfile={folder / 'pid'}", "--log-file=stdout", f"--userdb={folder / 'db'}",
    ]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as relay:
        try:
            yield [{"urls": [f"turn:127.0.0.1:{port}?transport=tcp"], "username": "u", "credential": SECRET}]
        finally:
            relay.kill()


def test_all_parts_of_a_call_that_works(plan: CallPlan, desk: FakeDesk, tmp_path: Path) -> None:
    with relay_server(tmp_path) as desk.ice:
        outcomes = try_call(plan, AREA)
    results = {name: outcome.result for name, outcome in outcomes.items()}
    relayed = "works" if desk.ice else "absent"
    assert results == {"camera": "works", "microphone": "works", "loopback": "works", "relay": relayed}, outcomes
    assert not any(outcome.code for outcome in outcomes.values())


def test_what_is_missing_is_told_part_by_part(
    plan: CallPlan, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.consultation.trial._FIRST_MS", 500)
    if list(Path("/dev").glob("video*")):
        pytest.skip("this machine has a camera")
    desk.ice = [{"urls": [f"turn:127.0.0.1:{free_port()}?transport=tcp"], "username": "u", "credential": "x"}]
    outcomes = try_call(replace(plan, fake_camera=False), AREA)
    codes = {name: outcome.code for name, outcome in outcomes.items()}
    assert codes == {
        "camera": "CONSULT-CAMERA", "microphone": "CONSULT-CAMERA", "loopback": "", "relay": "CONSULT-RELAY"
    }, outcomes
    assert outcomes["camera"].found == "NotFoundError"
    assert outcomes["relay"].next_step


def test_without_a_browser_every_part_fails(plan: CallPlan) -> None:
    outcomes = try_call(replace(plan, browser=("/nowhere/chromium",)), AREA)
    assert {outcome.code for outcome in outcomes.values()} == {WindowCrashed.code}
    assert set(outcomes) == {"camera", "microphone", "loopback", "relay"}


def test_a_browser_that_comes_to_nothing_is_started_once_more(plan: CallPlan, tmp_path: Path) -> None:
    program = f'[ -e {tmp_path}/begun ] && exec "$0" "$@"; touch {tmp_path}/begun; exit 1'
    outcomes = try_call(replace(plan, browser=("/bin/sh", "-c", program, CHROMIUM)), AREA)
    assert outcomes["loopback"].result == "works", outcomes


def test_what_a_browser_that_does_not_start_said_is_told_to_the_technician(plan: CallPlan) -> None:
    program = ("/bin/sh", "-c", "echo 'bwrap: no permissions' >&2; echo >&2; exit 1")
    (words,) = {outcome.found for outcome in try_call(replace(plan, browser=program), AREA).values()}
    assert words.endswith("bwrap: no permissions")
