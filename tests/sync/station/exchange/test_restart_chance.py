"""Starting again by chance: publications, restores, cut lines and power cuts, played from a seed."""

# What SQLite really holds is asked of its own connection, and power is cut inside transactions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from sync.station import errors
from sync.station.part import Part
from tests.chance import tries
from tests.sync.station.fake_office import PublishingOffice
from tests.sync.station.restart_bench import DAY_S, Bench, Killed


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    found = Bench(path)
    yield found
    found.close()


@contextmanager
def power_cut_after(writes: int, *, committed: bool) -> Generator[None]:
    """The nth transaction from now on is the last thing that happens, or nearly happens."""
    real = Part._writing
    left = [writes]

    @contextmanager
    def writing(part: Part) -> Generator[sqlite3.Connection]:
        left[0] -= 1
        with real(part) as connection:
            yield connection
            if left[0] == 0 and not committed:
                raise Killed
        if left[0] == 0:
            raise Killed

    Part._writing = writing
    try:
        yield
    finally:
        Part._writing = real


def change_something(office: PublishingOffice, random: Random, backups: list[tuple[object, int]]) -> None:
    type_, key = random.choice("tuv"), f"k{random.randrange(8)}"
    match random.randrange(12):
        case 0 | 1:
            office.withdraw(type_, key)
        case 2:
            office.make_snapshot(random.choice(["", "33", "3305", "330502", "330211"]))
        case 3:
            backups.append((copy.deepcopy(office.rows), office.rev))
        case 4 if backups and random.random() < 0.5:
            rows, office.rev = random.choice(backups)
            office.rows = copy.deepcopy(rows)  # type: ignore[assignment]
            office.generation += 1
            office.snapshots.clear()
        case 5 if random.random() < 0.3:
            office.region = random.choice(["330502", "330211", "3305"])
        case 6 if office.files:
            del office.files[random.choice(sorted(office.files))]
        case 7 if office.files:
            name = random.choice(sorted(office.files))
            office.files[name] = bytes(len(office.files[name]))
        case _:
            scope = random.choice(["", "33", "3305", "330502", "330211", "@330502-01", "@other"])
            office.put(scope, type_, key, b'{"n":%d}' % random.randrange(5))


@pytest.mark.chance
@pytest.mark.parametrize("seed", range(tries(8)))
def test_whatever_happens_both_sides_hold_the_same_in_the_end(bench: Bench, seed: int) -> None:
    random, office = Random(seed), bench.publishing
    backups: list[tuple[object, int]] = []
    office.page = random.choice([1, 2, 5, 50])
    for _ in range(12):
        for _ in range(random.randrange(12)):
            change_something(office, random, backups)
        # The world does not stand still while a station pulls.
        office.before_reply = (
            lambda: change_something(office, random, backups) if random.random() < 0.4 else None
        )
        office.cuts = [random.randrange(300) for _ in range(random.randrange(3))]
        if random.random() < 0.2:
            office.lose_next(errors.OfficeUnreachable("cut"))
        bench.clock.move(random.choice([60, 60, DAY_S]))
        try:
            with power_cut_after(random.randrange(1, 25), committed=random.random() < 0.5):
                bench.agent.turn()
        except Killed:
            bench.agent.close()
            bench.agent = bench.make_agent()
    office.before_reply, office.cuts = lambda: None, []
    for _ in range(6):
        bench.agent.turn()
    assert bench.held() == office.live()
    assert bench.is_settled()
    assert not bench.standing().failing
