"""What the switchboard knows, as those see it who tell of it."""

from __future__ import annotations

from typing import Protocol

from .estimates import Estimates
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
    estimates: Estimates

    def now(self) -> float:
        """Seconds."""
        ...
