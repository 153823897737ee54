"""A first sync by snapshot through power cuts: a real agent killed while it downloads, loads and pulls."""

# What SQLite really holds is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from random import Random

import pytest

from sync.station.exchange.agent import Agent
from sync.station.identity import store_path
from sync.station.store import Standing, Store
from tests.bench.publishing import publish_to
from tests.central.live import LiveOffice
from tests.chance import tries

from .test_kill import Victims
from .waiting import wait_until

COPIES = 12_000
KILLS = tries(8)


def held(store: Store) -> set[tuple[str, str, str, str]]:
    rows = store._db.conn.execute("SELECT scope, type, key, body FROM document").fetchall()
    return {(scope, type_, key, body) for scope, type_, key, body in rows}


def published(office: LiveOffice, station: str) -> set[tuple[str, str, str, str]]:
    scopes = ["", "33", "3305", "330502", f"@{station}"]
    rows = office.rows("SELECT scope, type, key, body FROM core_document WHERE body IS NOT NULL")
    return {(scope, type_, key, body) for scope, type_, key, body in rows if scope in scopes}


@pytest.mark.slow
def test_killed_while_it_gets_and_loads_a_snapshot_it_holds_the_same_in_the_end(
    office: LiveOffice, station: str, data: Path
) -> None:
    publish_to(office, "copies", 1, COPIES)
    office.run("snapshot")
    random, pause = Random(20_261_123), threading.Event()
    counts: list[int] = []
    store = Store.open(store_path(data))
    with Victims(data) as victims:
        for number in range(KILLS):
            pid = victims.start("agent")
            if number == 0:     # in the middle of it for certain, then by chance
                wait_until(lambda: bool(held(store)), "some documents are there")
            else:
                pause.wait(random.uniform(0.01, 0.2))
            os.kill(pid, signal.SIGKILL)
            counts.append(len(held(store)))
    agent = Agent(data)
    agent.turn()
    agent.close()
    print(f"\nkill -9: {len(counts)} times; documents after each: {counts}")
    assert held(store) == published(office, station)
    assert len(held(store)) > COPIES
    assert 0 < counts[0] < COPIES
    standing = store.facts.find(Standing)
    assert standing
    assert standing.is_synced
    assert not store.renewals.find().is_open
    store.close()
