"""A station that starts again, beside an office that publishes; all in memory but the store."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec

from sync.station.agent import Agent
from sync.station.clock import FakeClock
from sync.station.facts import Standing
from sync.station.identity import Keys, name_of
from sync.station.store import Store

from .agent_bench import IDENTITY
from .fake_office import FakeClient, FakeOffice, PublishingOffice

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
DAY_S = 86_400


class Killed(BaseException):
    """The power went."""


class Bench:
    """One enrolled station beside an office that publishes."""

    def __init__(self, path: Path, office: FakeOffice | None = None) -> None:
        self.clock = FakeClock(NOW)
        self.publishing = PublishingOffice(self.clock)
        self.office: FakeOffice = office or self.publishing
        self.path = path
        self.store = Store.open(path)
        key = Keys(path.parent).make()
        self.store.facts.put(msgspec.structs.replace(IDENTITY, key=name_of(key)))
        self.agent = self.make_agent()

    def make_agent(self) -> Agent:
        return Agent(
            self.path.parent, clock=self.clock, connect=lambda url: FakeClient(self.office, url), random=Random(7),
            busy_timeout_s=0.05,
        )

    def held(self) -> dict[tuple[str, str], tuple[str, str]]:
        rows = self.store._db.conn.execute("SELECT type, key, scope, body FROM document").fetchall()
        return {(type_, key): (scope, body) for type_, key, scope, body in rows}

    def standing(self) -> Standing:
        return self.store.facts.find(Standing) or Standing()

    def is_settled(self) -> bool:
        return self.held() == self.publishing.live() and not self.store.renewals.find().is_open

    def close(self) -> None:
        self.agent.close()
        self.store.close()


def fill(office: PublishingOffice, scope: str, type_: str, count: int, body: bytes = b'{"n":1}') -> None:
    for number in range(count):
        office.put(scope, type_, f"{type_}{number}", body)
