"""What the switchboard knows, as those see it who tell of it."""

from __future__ import annotations

from typing import Protocol

from .keeping import About, Who
from .line import Line
from .machine import Board


class Ground(Protocol):
    """Lines, board, names."""

    board: Board
    workers: dict[str, Line]
    desks: dict[int, Line]
    about: dict[str, About]
    doctors: dict[int, Who]
    call_backs: int

    def now(self) -> float:
        """Seconds."""
        ...

    def estimate_s(self, place: int) -> int:
        """How long the one at this place will wait."""
        ...
