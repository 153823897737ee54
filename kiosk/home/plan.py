"""How many doors stand in a row, and how high they are; pure, in design units."""

from __future__ import annotations

from typing import Final

import msgspec

GAP: Final = 24.0
ROW: Final = 216.0          # two doors beside what a service draws itself
_HIGHEST: Final = 340.0
_LOWEST: Final = 132.0


class Plan(msgspec.Struct, frozen=True):
    """Doors in each row from the top, and the height of every row."""

    rows: tuple[int, ...] = ()
    high: float = 0.0
    gap: float = GAP

    @property
    def total(self) -> float:
        """Height of all rows."""
        return len(self.rows) * (self.high + self.gap) - self.gap if self.rows else 0.0


def plan_doors(count: int, room: float, *, portrait: bool, shared: bool, gap: float = GAP) -> Plan:
    """Doors in a place `room` units high; `shared` if panels stand in it too.

    No row has a hole: where doors do not fill all rows, the lower rows have wider ones.
    """
    if not count:
        return Plan()
    columns = _columns(count, portrait=portrait, shared=shared)
    lines = -(-count // columns)
    few, wide_rows = count // lines, lines - count % lines
    rows = (few + 1,) * (lines - wide_rows) + (few,) * wide_rows
    high = (room + gap) / lines - gap
    # On the right side of a landscape screen they fill it, so that they begin where the poster does.
    highest = ROW if shared else _HIGHEST if portrait else high
    return Plan(rows, max(_LOWEST, min(high, highest)), gap)


def _columns(count: int, *, portrait: bool, shared: bool) -> int:
    if shared:
        return 2 if count <= 4 else 3
    alone = 2 if portrait else 3
    return 1 if count <= alone else 2 if count <= 8 else 3
