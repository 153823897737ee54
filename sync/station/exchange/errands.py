"""What an agent does between its turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sync.station.store import Store

from .fetching import Fetch


class Errand(Protocol):
    """Something else that needs doing: a little of it every few seconds, whether the office answers or not."""

    def run(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:
        """Go on with it for at most so many seconds; `fetch` gives a slice of time for getting files."""
        ...
