"""How long those who wait will wait, from how long talks took and who is on duty."""

from __future__ import annotations

from collections import deque
from typing import Final

from .machine import Board
from .pieces import Call

_TALK_S: Final = 300.0      # how long a talk takes, until some are known
_KNOWN: Final = 50          # talks that are remembered
_AT_ONCE_S: Final = 15


class Estimates:
    """Read by doors' threads too: numbers, replaced as a whole."""

    def __init__(self) -> None:
        self._talks: deque[float] = deque(maxlen=_KNOWN)
        self._free = 0
        self._on_duty = 0
        self._talk_s = _TALK_S

    def note_desks(self, board: Board) -> None:
        """Who is on duty now, and how many of them are free."""
        desks = list(board.on_duty())
        self._on_duty = len(desks)
        self._free = sum(1 for desk in desks if board.is_free(desk))

    def note_end(self, call: Call) -> None:
        """A call is over."""
        if call.ending == "talked" and call.accepted_at is not None and call.ended_at is not None:
            self._talks.append(call.ended_at - call.accepted_at)
            self._talk_s = sum(self._talks) / len(self._talks)

    def wait_s(self, place: int) -> int:
        """For the one at this place of the queue, the first being 1."""
        if place <= self._free:
            return _AT_ONCE_S
        return max(_AT_ONCE_S, round((place - self._free) * self._talk_s / max(1, self._on_duty)))
