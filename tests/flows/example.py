"""A station's folder as a real office fills it: the example, enrolled and synchronised once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from kiosk.clock import FakeClock
from sync.protocol.documents import Copy
from sync.station.store import Standing, Store
from tests.central.live import LiveOffice

_PATIENCE_S = 60.0


def fill(folder: Path, office_folder: Path) -> None:
    """Enrol `folder` at an office of its own with the example, and fetch everything it publishes."""
    with LiveOffice(office_folder, example=True) as office:
        code = office.make_code("330502-01")
        enrol = [sys.executable, "-m", "sync.station", "enrol", "--data", str(folder), "--office", office.url, code]
        subprocess.run(enrol, check=True, capture_output=True)
        agent = subprocess.Popen(
            [sys.executable, "-m", "sync.station", "run", "--now", "--data", str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_copies(folder)
        finally:
            agent.terminate()
            agent.wait(60)
    forget_clocks(folder)


def forget_clocks(folder: Path) -> None:
    """Forget when this was, which is after any fake clock's time; who shows pictures has the same hour in each."""
    store = Store.open(folder / "station.db")
    store.facts.put(Standing(last_success=FakeClock().now(), next_sync_s=60))
    store.close()
    with closing(sqlite3.connect(folder / "station.db")) as connection, connection:
        connection.execute("DELETE FROM boot")


def wait_for_copies(folder: Path) -> None:
    """Until an agent has fetched the whole example; raises TimeoutError."""
    store = Store.open(folder / "station.db")
    deadline = time.monotonic() + _PATIENCE_S
    while len(store.documents.all(Copy)) < 300:
        if time.monotonic() > deadline:
            raise TimeoutError("the example did not arrive")
        time.sleep(0.1)
    store.close()
