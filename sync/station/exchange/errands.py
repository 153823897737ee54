"""What an agent does between its turns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from sync.station.store import Store

from .fetching import Fetch

logger = logging.getLogger(__name__)


class Errand(Protocol):
    """Something else that needs doing: a little of it every few seconds, whether the office answers or not."""

    def run(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:
        """Go on with it for at most so many seconds; `fetch` gives a slice of time for getting files."""
        ...


class Errands:
    """All of them; what one of them meets is its own affair."""

    def __init__(self, errands: Sequence[Errand]) -> None:
        self._errands = errands
        self._logged = ""

    def run(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:
        """A little of each; nothing is raised."""
        for errand in self._errands:
            try:
                errand.run(store, fetch, seconds)
            except Exception as fault:
                # The edge: an errand that breaks must not end the loop, nor fill the log every five seconds.
                if self._logged != repr(fault):
                    self._logged = repr(fault)
                    logger.exception("agent: %s", type(errand).__name__)
