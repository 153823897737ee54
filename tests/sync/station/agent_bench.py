"""An enrolled station's agent beside an office in memory, with a clock that is moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec

from sync.protocol.events import CheckedIn
from sync.station.clock import FakeClock
from sync.station.exchange.agent import Agent
from sync.station.facts import Identity, Standing
from sync.station.identity import Keys, name_of
from sync.station.store import Store

from .fake_office import FakeClient, FakeOffice

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
IDENTITY = Identity(station="330502-01", name="衣裳街", office="http://127.0.0.1:9", install="i", epoch="e1")


class Bench:
    """One enrolled station beside one office."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock(NOW)
        self.office = FakeOffice(self.clock)
        self.path = path
        self.names: list[str] = []
        self.store = Store.open(path)
        key = Keys(path.parent).make()
        self.store.facts.put(msgspec.structs.replace(IDENTITY, key=name_of(key)))
        self.agent = self.make_agent()

    def make_agent(self) -> Agent:
        return Agent(
            self.path.parent, clock=self.clock, connect=lambda url: FakeClient(self.office, url), random=Random(7),
            busy_timeout_s=0.05,
        )

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            number = len(self.names) + 1
            self.names.append(f"c{number}")
            self.store.journal.append(CheckedIn(checkin=f"c{number}", trade="t"), at=self.clock.now())

    @property
    def line(self) -> Standing:
        found = self.store.facts.find(Standing)
        assert found
        return found

    def pending(self) -> int:
        return self.store.journal.count("pending")

    def stored(self) -> list[str]:
        return [msgspec.json.decode(event)["checkin"] for event in self.office.events()]
