"""The journal's clocks: looked at, recorded when they are moved, proven by the office's."""

from __future__ import annotations

import sqlite3
from datetime import datetime, tzinfo
from typing import Final

from sync.protocol.events import ClockStepped
from sync.protocol.wire import Slip
from sync.station.clock import Timepiece
from sync.station.database import translated
from sync.station.facts import find_identity
from sync.station.part import Part

from . import timekeeping
from .rows import insert

_SAME_SLIP_S: Final = 0.5


class Timekept(Part):
    """Knows when its events truly happened, once it has a clock."""

    clock: Timepiece | None = None

    def note_clock(self, zone: tzinfo) -> None:
        """Record it if the wall clock was moved, so that what this boot wrote before is brought right."""
        if self.clock is None:
            return
        with translated():
            if timekeeping.is_known(self._db.conn, self.clock) and not self._peek(self.clock).step_s:
                return
        with self._writing() as connection:
            identity = find_identity(connection)
            if identity is not None:
                look(connection, self.clock, identity.epoch, self.clock.now().astimezone(zone))

    def now(self, clock: Timepiece) -> datetime:
        """The moment, UTC, as well as this station can tell."""
        with translated():
            return self._peek(clock).at

    def _peek(self, clock: Timepiece) -> timekeeping.Reading:
        return timekeeping.peek(self._db.conn, clock)

    def prove(self, clock: Timepiece, now: datetime) -> None:
        """It is `now` by the office's clock: what this boot wrote, and what was written before, is brought right."""
        if not timekeeping.is_plausible(now):
            return
        with translated():
            if not timekeeping.is_proof_news(self._db.conn, clock, now):
                return
        with self._writing() as connection:
            timekeeping.prove(connection, clock, now)

    def is_proven(self, clock: Timepiece) -> bool:
        """Whether the office's clock has been heard since the machine was started."""
        with translated():
            return timekeeping.is_proven(self._db.conn, clock)

    def slips(self, epoch: str, first: int, last: int) -> list[Slip]:
        """How wrong the clock was as these events were written, in runs; those of an older program are left out."""
        rows = self._rows(
            "SELECT seq, slip_s FROM journal WHERE epoch = ? AND seq BETWEEN ? AND ? AND boot > 0 ORDER BY seq",
            epoch, first, last,
        )
        runs: list[Slip] = []
        for seq, slip_s in rows:
            told_s = round(slip_s, 3) if abs(slip_s) > timekeeping.STEP_S else 0.0
            if runs and runs[-1][1] == seq - 1 and abs(runs[-1][2] - told_s) < _SAME_SLIP_S:
                runs[-1] = (runs[-1][0], seq, runs[-1][2])
            else:
                runs.append((seq, seq, told_s))
        return runs


def look(connection: sqlite3.Connection, clock: Timepiece, epoch: str, raw: datetime) -> timekeeping.Reading:
    """Look at the clocks; a step is recorded before anything else. `raw` is what the wall clock says."""
    reading = timekeeping.look(connection, clock)
    if reading.step_s:
        insert(connection, epoch, ClockStepped(by_s=round(reading.step_s, 3)), raw, "", reading=reading)
    return reading
