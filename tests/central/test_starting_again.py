"""However a station comes to start again, it ends with what the office holds: a model of both, and chance."""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from django.utils import timezone
from pytest_django import Settings

from sync.central.core.models import Counter, Document, Station
from sync.central.core.publishing import pulling
from sync.central.core.publishing.documents import Name, publish, scopes_for, withdraw
from sync.central.core.publishing.snapshots import make_snapshot, snapshot_folder
from sync.protocol import wire
from sync.protocol.digests import EMPTY, to_hex, toggled
from sync.protocol.documents import Poster, Trade
from tests.chance import tries

from .conftest import on_both_databases

pytestmark = [pytest.mark.django_db, on_both_databases]
STATION = Station(id="330502-01", region="330502")
SCOPES = ["", "", "33", "33", "@330502-01", "65"]


class Row(NamedTuple):
    """One document at the station."""

    scope: str
    body: bytes
    rev: int


class ModelStation:
    """Does what docs/protocol.md tells a station to do, and nothing else."""

    def __init__(self) -> None:
        self.is_at_head = False
        self.kept: set[Name] = set()
        self.rows: dict[Name, Row] = {}
        self.stale: dict[Name, Row] = {}
        self.cursor = ""
        self.floors: dict[str, int] = {}

    def exchange(self) -> wire.Restart | None:
        """Take in one page, or hear that it has to start again."""
        page = pulling.pull(STATION, self.cursor, self.floors)
        for line in map(wire.decode_published, page.documents):
            name, row = Name(line.type, line.key), Row(line.scope, bytes(line.body or b""), line.rev)
            if line.body is not None:
                self.rows[name] = row
                self.stale.pop(name, None)
            elif name in self.rows and self.rows[name].scope == line.scope:
                del self.rows[name]
        self.cursor = page.cursor
        self.is_at_head = not page.more
        if self.is_at_head:
            self.stale.clear()
            self.floors.clear()
        return page.restart

    def begin(self, restart: wire.Restart) -> list[wire.ScopeOffer]:
        """Keep what is equal; the offers of scopes that differ."""
        groups: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, EMPTY))
        for name, row in self.rows.items():
            count, digest = groups[row.scope, name.type]
            groups[row.scope, name.type] = count + 1, toggled(digest, name.key, row.body)
        held = {group: wire.Digest(count, to_hex(digest)) for group, (count, digest) in groups.items()}
        offered = {(offer.scope, kind): digest for offer in restart.scopes for kind, digest in offer.digests.items()}
        equal = {group for group, digest in held.items() if offered.get(group) == digest}
        self.stale |= {name: row for name, row in self.rows.items() if (row.scope, name.type) not in equal}
        self.rows = {name: row for name, row in self.rows.items() if (row.scope, name.type) in equal}
        self.kept = set(self.rows)
        differing = {scope for scope, kind in set(held) ^ set(offered) | (set(held) & set(offered)) - equal}
        self.floors = {offer.scope: restart.rev for offer in restart.scopes if offer.scope not in differing}
        return [offer for offer in restart.scopes if offer.scope in differing]

    def load(self, snapshot: wire.Snapshot, scope: str, restart: wire.Restart) -> None:
        """Take in a snapshot: of two the higher revision wins, and none replaces what was kept."""
        plain = gzip.decompress((snapshot_folder() / snapshot.name).read_bytes())
        for line in map(wire.decode_published, plain.splitlines()):
            name = Name(line.type, line.key)
            if name not in self.kept and (name not in self.rows or self.rows[name].rev < line.rev):
                self.rows[name] = Row(line.scope, bytes(line.body or b""), line.rev)
                self.stale.pop(name, None)
        self.floors[scope] = min(snapshot.rev, restart.rev)


def publish_something(chance: Random) -> None:
    """Few names and scopes, so that they meet often."""
    for _ in range(chance.randrange(4)):
        key, scope = chance.choice("abc"), chance.choice(SCOPES)
        document = chance.choice([
            Trade(trade=key, name=chance.choice("快递"), short="x", icon="y"),
            Poster(poster=key, lines=(chance.choice("xy"),)),
        ])
        if chance.random() < 0.1:
            withdraw(document.type, key)
        else:
            publish(scope, [document])
        if chance.random() < 0.3:
            make_snapshot(chance.choice(["", "33"]), timezone.now())


def damage(station: ModelStation, chance: Random) -> None:
    """A backup, another office, or a bad disk has been at the station's documents."""
    for name in [name for name in station.rows if chance.random() < 0.2]:
        row = station.rows.pop(name)
        if chance.random() < 0.7:
            body = chance.choice([row.body, b'{"trade":"a"}'])
            station.rows[name] = Row(chance.choice([row.scope, "330502"]), body, chance.randrange(200))
    if chance.random() < 0.5:
        station.rows = {name: row._replace(rev=0) for name, row in station.rows.items()}
        Counter.objects.update(generation=f"g{chance.random()}")


def restart(station: ModelStation, chance: Random) -> None:
    station.cursor, station.floors = "", {}
    told = station.exchange()
    assert told is not None
    publish_something(chance)
    offers = station.begin(told)
    chance.shuffle(offers)
    for offer in offers:
        if offer.snapshot is not None and chance.random() < 0.9:
            station.load(offer.snapshot, offer.scope, told)
            publish_something(chance)


def held_by_the_office() -> dict[Name, tuple[str, bytes]]:
    rows = Document.objects.filter(scope__in=scopes_for(STATION), body__isnull=False)
    return {Name(row.type, row.key): (row.scope, (row.body or "").encode()) for row in rows}


@pytest.mark.parametrize("seed", range(tries(14)))
def test_a_station_that_starts_again_ends_with_what_the_office_holds(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = Random(seed)
    settings.YIZHAN_DATA = tmp_path
    snapshot_folder().mkdir()
    monkeypatch.setattr(pulling, "PAGE", 3)
    station = ModelStation()
    for _ in range(12):
        publish_something(chance)
        if not station.cursor or chance.random() < 0.8:
            damage(station, chance)
            restart(station, chance)
        station.is_at_head = False
        while not station.is_at_head:
            assert station.exchange() is None
            if not station.is_at_head and chance.random() < 0.5:
                publish_something(chance)
        assert {name: (row.scope, row.body) for name, row in station.rows.items()} == held_by_the_office()


def test_the_model_reads_the_lines_of_the_office() -> None:
    publish("", [Trade(trade="a", name="a", short="x", icon="y")])
    station = ModelStation()
    told = station.exchange()
    assert told is not None
    assert [offer.scope for offer in station.begin(told)] == [""]
    station.exchange()
    assert msgspec.json.decode(station.rows[Name("trade", "a")].body)["trade"] == "a"
