"""What goes into the log of an office that anybody can talk to."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

_MINUTE_S: Final = 60.0


def is_no_503(record: logging.LogRecord) -> bool:
    """Whether a record of Django's tells of something else than a 503, which office/faults.py logs in one line."""
    return getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE


class Bounded(logging.Filter):
    """Lets each message through so many times a minute, or a stranger, or a database that is away, fills the disk."""

    def __init__(self, per_minute: int = 60, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = per_minute
        self._elapsed_s = elapsed_s
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._until_s = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is written; the last of its minute says so."""
        text = str(record.msg)      # before its values are put in
        with self._lock:
            now_s = self._elapsed_s()
            if now_s >= self._until_s:
                self._counts.clear()
                self._until_s = now_s + _MINUTE_S
            self._counts[text] += 1
            count = self._counts[text]
        if count == self._most:
            record.msg = f"{text} (no more of these within this minute)"
        return count <= self._most
