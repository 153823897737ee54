"""A station that starts again, beside an office that publishes; all in memory but the store."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path

from sync.station.facts import Standing

from . import agent_bench
from .fake_office import FakeOffice, PublishingOffice

NOW = agent_bench.NOW
DAY_S = 86_400


class Killed(BaseException):
    """The power went."""


class Bench(agent_bench.Bench):
    """One enrolled station beside an office that publishes."""

    def __init__(self, path: Path, office: FakeOffice | None = None) -> None:
        super().__init__(path)
        self.publishing = PublishingOffice(self.clock)
        self.office: FakeOffice = office or self.publishing

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
