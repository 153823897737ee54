"""Faults in the window that nobody foresaw."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Final

from kivy.base import ExceptionHandler, ExceptionManager

from kiosk.clock import Clock

log = logging.getLogger(__name__)

_MOST_FAULTS: Final = 20    # of the window within a minute


class KeepGoing(ExceptionHandler):
    """A fault in one touch or one drawing is logged and the kiosk goes on; many at once end it, to be restarted."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._faults_s: deque[float] = deque(maxlen=_MOST_FAULTS)

    def handle_exception(self, exception: BaseException) -> Any:  # Kivy types it as always RAISE  # noqa: ANN401
        """What Kivy's loop is to do about it."""
        if not isinstance(exception, Exception):
            return ExceptionManager.RAISE
        log.error("a fault in the window", exc_info=exception)
        self._faults_s.append(self._clock.monotonic())
        many = len(self._faults_s) == _MOST_FAULTS and self._faults_s[-1] - self._faults_s[0] < 60
        return ExceptionManager.RAISE if many else ExceptionManager.PASS
