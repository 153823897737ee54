"""How many events one exchange carries: as many as arrive in about five seconds."""

from __future__ import annotations

from typing import Final

from sync.protocol.wire import MAX_EVENTS, MAX_INFLATED_BYTES

MAX_BATCH_BYTES: Final = MAX_INFLATED_BYTES // 4
_AIM_S: Final = 5.0
LEAST: Final = 10


class Batch:
    """The size of the next batch."""

    def __init__(self) -> None:
        self.size = MAX_EVENTS

    def took(self, sent: int, seconds: float) -> None:
        """A batch got through; aim the next one, at most twice as large."""
        if not sent:
            return
        reach = int(sent * _AIM_S / max(seconds, 0.001))
        if seconds > _AIM_S:
            self.size = max(LEAST, min(self.size, reach))
        elif sent >= self.size:
            self.size = min(MAX_EVENTS, self.size * 2, max(reach, self.size))

    def halve(self, sent: int, least: int = 1) -> None:
        """A batch did not get through."""
        if sent:
            self.size = max(least, min(self.size, sent) // 2)
