"""No way between the two but coturn, with the office's credentials that end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.pictures import is_blue, is_orange
from tests.calls.scripts import WAY
from tests.calls.station import wait_until
from tests.calls.town import Town, open_town
from tests.ports import free_port

SECRET = "only-for-this-test"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    if shutil.which("turnserver") is None:
        pytest.skip("turnserver is not installed: apt-get install coturn")
    port = free_port()
    (tmp_path / "secret").write_text(SECRET)
    command = [
        "turnserver", "-n", "--no-tls", "--no-dtls", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
        "--allow-loopback-peers", "--no-cli", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=yizhan",
        f"--listening-port={port}", f"--pidfile={tmp_path / 'pid'}", "--log-file=stdout", f"--userdb={tmp_path / 'db'}",
    ]
    settings = {
        "YIZHAN_TURN_URLS": f"turn:127.0.0.1:{port}?transport=udp", "YIZHAN_TURN_SECRET_FILE": str(tmp_path / "secret"),
    }
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as relay:
        try:
            with open_town(tmp_path, settings=settings, relay_only=True) as town:
                yield town
        finally:
            relay.kill()


def test_a_call_by_relay_alone(town: Town) -> None:
    town.talk()
    assert town.desk.page.evaluate(WAY) == ["relay", "relay"]
    assert town.station.page(WAY) == ["relay", "relay"]
    wait_until(lambda: is_blue(town.station.colour("doctor")), "not the doctor's picture")
    wait_until(lambda: is_orange(town.desk.colour()), "not the worker's picture")
    town.desk.hang_up()
    town.station.shows("consult_ended")
    town.ends("talked")
    town.is_idle()
