"""When things truly happened, though the wall clock was wrong.

In one run of the machine, a boot, how long anything took is known from the boot clock, which nobody can set. So of each
boot one thing only is unknown: when it began. The office's clock proves it; without it the wall clock is believed as it
was seen last in that boot, but not before what came earlier, nor before the program itself.
Each event's row has the moment it is believed to have happened (`at`) and how much that is more than its line says
(`slip_s`); both move when a boot's beginning does.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sync.station.clock import PROGRAM_DATE, Timepiece

STEP_S: Final = 5.0     # less is no step, and matters to nobody
_PROOF_EVERY_S: Final = 3_600.0     # each write wears a memory card
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_COLUMNS: Final = "place, id, wall, proven, first_s, last_s, start"


class Boot(NamedTuple):
    """One run of the machine; moments are seconds since 1970, `_s` are seconds of its boot clock."""

    place: int
    id: str
    wall: float             # its beginning by the wall clock, as that stood last
    proven: float | None    # its beginning by the office's clock
    first_s: float          # when it was looked at first, and last
    last_s: float
    start: float = 0.0      # its beginning as it is believed by now


class Reading(NamedTuple):
    """One look at both clocks."""

    place: int
    at: datetime            # believed
    step_s: float           # by how much the wall clock was moved since the last look


def starts_of(boots: Sequence[Boot], floor: float = PROGRAM_DATE.timestamp()) -> list[float]:
    """When each of these boots, oldest first, is believed to have begun. Pure.

    A wall clock ahead of what is proven to be later is wrong: such a boot ended when the next one began.
    """
    highs: list[float] = []
    high = math.inf
    for boot in reversed(boots):
        highs.append(high)
        high = high if boot.proven is None else min(high, boot.proven + boot.first_s)
    starts: list[float | None] = []
    low = floor
    for boot, bound in zip(boots, reversed(highs), strict=True):
        start = boot.proven
        if start is None and boot.wall + boot.last_s <= bound + STEP_S:
            start = min(max(boot.wall, low - boot.first_s), bound - boot.last_s)
        starts.append(start)
        low = low if start is None else max(low, start + boot.last_s)
    found: list[float] = []
    following = math.inf
    for boot, start in zip(reversed(boots), reversed(starts), strict=True):
        found.append(following - boot.last_s if start is None else start)
        following = found[-1] + boot.first_s
    return found[::-1]


def peek(connection: sqlite3.Connection, clock: Timepiece) -> Reading:
    """Look at the clocks, and write nothing down."""
    boots, step_s, seconds = _looked(connection, clock)
    return Reading(boots[-1].place, _moment(starts_of(boots)[-1] + seconds), step_s)


def is_known(connection: sqlite3.Connection, clock: Timepiece) -> bool:
    """Whether this boot has been looked at before."""
    return _find(connection, clock.boot_time().boot) is not None


def is_proven(connection: sqlite3.Connection, clock: Timepiece) -> bool:
    """Whether the office's clock has been heard in this boot."""
    boot = _find(connection, clock.boot_time().boot)
    return boot is not None and boot.proven is not None


def look(connection: sqlite3.Connection, clock: Timepiece) -> Reading:
    """Look at the clocks, and bring right what was written before if it is known better now; in a transaction."""
    boots, step_s, seconds = _looked(connection, clock)
    return Reading(boots[-1].place, _moment(_settle(connection, boots) + seconds), step_s)


def is_plausible(now: datetime) -> bool:
    """Whether an office's clock can say this."""
    return PROGRAM_DATE <= now < _LATEST


def is_proof_news(connection: sqlite3.Connection, clock: Timepiece, now: datetime) -> bool:
    """Whether what the office's clock says is worth writing down."""
    boot, seconds = _find(connection, clock.boot_time().boot), clock.boot_time().seconds
    if boot is None or boot.proven is None or seconds - boot.last_s > _PROOF_EVERY_S:
        return True
    return abs(boot.proven + seconds - now.timestamp()) > STEP_S


def prove(connection: sqlite3.Connection, clock: Timepiece, now: datetime) -> None:
    """It is `now` by the office's clock; in a transaction."""
    boots, step_s, seconds = _looked(connection, clock)
    # A step is left for whoever records it.
    boots[-1] = boots[-1]._replace(proven=now.timestamp() - seconds, wall=boots[-1].wall - step_s)
    _settle(connection, boots)


def _looked(connection: sqlite3.Connection, clock: Timepiece) -> tuple[list[Boot], float, float]:
    """Every boot, the last of them as the clocks are now; by how much the wall clock was moved; the boot clock."""
    wall, (name, seconds) = clock.now().timestamp(), clock.boot_time()
    boots = [Boot(*row) for row in connection.execute(f"SELECT {_COLUMNS} FROM boot ORDER BY place")]  # noqa: S608
    if not boots or boots[-1].id != name:
        # A disk that is put back may have seen this boot before; what it saw after it comes earlier then.
        boots = [boot for boot in boots if boot.id != name]
        place = boots[-1].place + 1 if boots else 1
        return [*boots, Boot(place, name, wall - seconds, None, seconds, seconds)], 0.0, seconds
    boot = boots[-1]
    step_s = wall - seconds - boot.wall
    is_step = abs(step_s) > STEP_S
    boots[-1] = boot._replace(wall=wall - seconds if is_step else boot.wall, last_s=max(seconds, boot.last_s))
    return boots, step_s if is_step else 0.0, seconds


def _settle(connection: sqlite3.Connection, boots: Sequence[Boot]) -> float:
    """Write down the boots, and move the events of each that is known better now; when the last one began."""
    starts = starts_of(boots)
    for boot, start in zip(boots, starts, strict=True):
        delta_s = start - boot.start
        if boot.start and abs(delta_s) >= 0.001:
            _move_events(connection, boot.place, delta_s)
        if boot is boots[-1] or delta_s:
            connection.execute(
                f"INSERT OR REPLACE INTO boot ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                boot._replace(start=start),
            )
    if not boots[-1].start:
        # A new boot: of the others those matter that events are left of, and the one before.
        connection.execute(
            "DELETE FROM boot WHERE place < ? AND place NOT IN (SELECT boot FROM journal)", (boots[-1].place - 1,)
        )
    return starts[-1]


def _move_events(connection: sqlite3.Connection, place: int, delta_s: float) -> None:
    rows = connection.execute("SELECT id, at FROM journal WHERE boot = ?", (place,)).fetchall()
    connection.executemany(
        "UPDATE journal SET at = ?, slip_s = slip_s + ? WHERE id = ?",
        [(text_of(datetime.fromisoformat(at) + timedelta(seconds=delta_s)), delta_s, row_id) for row_id, at in rows],
    )


def _find(connection: sqlite3.Connection, name: str) -> Boot | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM boot WHERE id = ?", (name,)).fetchone()  # noqa: S608
    return Boot(*row) if row else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def text_of(at: datetime) -> str:
    """A moment as the journal keeps it: one zone and one width, so that text compares as time does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
