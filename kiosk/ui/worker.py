"""The one thread all work is done on; answers come back on Kivy's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .ticks import later

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], T]
Done = Callable[[T], object]
Failed = Callable[[Exception], object]


class Worker:
    """Does one thing after the other, in the order asked."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="worker")
        self._waiting = 0
        self._stopped = False

    @property
    def idle(self) -> bool:
        """Whether everything asked has been done and answered."""
        return self._waiting == 0

    def do(self, work: Work[T], done: Done[T], failed: Failed) -> None:
        """Do the work on the worker thread, then call one of the two on Kivy's."""
        if self._stopped:
            return
        self._waiting += 1
        self._pool.submit(self._work, work, done, failed)

    def _work(self, work: Work[T], done: Done[T], failed: Failed) -> None:
        try:
            answer = work()
        except Exception as error:  # what is raised is shown on a failure card  # noqa: BLE001
            fault = error
            later(lambda: self._answer(failed, fault))
            return
        later(lambda: self._answer(done, answer))

    def _answer(self, answer: Callable[[T], object], value: T) -> None:
        self._waiting -= 1
        try:
            answer(value)
        except Exception:
            # A screen that cannot draw one answer must not take the kiosk down.
            log.exception("an answer could not be shown")

    def stop(self, last: Work[object] | None = None) -> None:
        """Finish what was asked, do `last`, and end the thread."""
        if self._stopped:
            return
        self._stopped = True
        if last is not None:
            self._pool.submit(last)
        self._pool.shutdown(wait=True)
