"""A call that is over, on its way to who shows it: the office's words come a moment later."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sync.protocol.calls import CallState

from .asked import Wish
from .errors import ConsultationError


class Failed(msgspec.Struct, frozen=True):
    """What went wrong, and what is wished for once more."""

    error: ConsultationError
    wish: Wish


class Farewell:
    """Shown at once; `state` comes when the office has answered, or never."""

    def __init__(self, call: str) -> None:
        self.call = call
        self.is_answered = False
        self.state: CallState | None = None
        self._tell: Callable[[Farewell], object] | None = None

    def listen(self, tell: Callable[[Farewell], object] | None) -> None:
        """Who wants to know; None to be told no more."""
        self._tell = tell
        if tell is not None and self.is_answered:
            tell(self)

    def answer(self, state: CallState | None) -> None:
        """What the office said."""
        self.is_answered, self.state = True, state
        if self._tell is not None:
            self._tell(self)
