"""What a scan does, whichever screen is shown: the room that takes such codes is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from devices.codes import classify

from .base import Stage
from .room import AnyRoom, Take

AGAIN_S: Final = 5.0
_KEPT: Final = 3


class ScanDesk:
    """Sorts scans and hands them out; the same code within five seconds is one scan."""

    def __init__(self, stage: Stage, rooms: Sequence[AnyRoom]) -> None:
        self._stage = stage
        self._takes: dict[type, Take] = {}
        self._rest: Take | None = None
        self._last: tuple[bytes, str] | None = None
        self._last_s = 0.0
        self.waiting: deque[bytes] = deque(maxlen=_KEPT)    # scanned while something was being done
        for room in rooms:
            self._join(room)

    def forget(self) -> None:
        """The last scan came to nothing: the same code may be tried again at once."""
        self._last = None

    def take(self, frame: bytes, intent: str) -> None:
        """One scan; `intent` is what it means on the screen that is shown."""
        now = self._stage.clock.monotonic()
        again = self._last == (frame, intent) and now - self._last_s < AGAIN_S
        self._last, self._last_s = (frame, intent), now
        if again or not frame.strip():
            self._stage.play("tick")
            return
        glances = self._stage.glances
        code = classify(frame, glances.station.settings.member_pattern if glances else "")
        take = self._takes.get(type(code), self._rest)
        if take is None:
            self._stage.play("no")
        else:
            take(self._stage, code, intent)

    def _join(self, room: AnyRoom) -> None:
        for kind, take in room.takes().items():
            if kind in self._takes:
                raise ValueError(f"{kind.__name__} is taken by two rooms")
            self._takes[kind] = take
        rest = room.takes_rest()
        if rest and self._rest:
            raise ValueError("two rooms take what is left")
        self._rest = rest or self._rest
