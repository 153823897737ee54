"""The one thread all work is done on; answers come back on Kivy's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any, Generic, TypeVar

from kiosk.ui.ticks import later

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], T]
Done = Callable[[T], object]
Failed = Callable[[Exception], object]


class _Asked(Generic[T]):
    """One piece of work and who waits for it; answered once, on Kivy's thread."""

    def __init__(self, work: Work[T], done: Done[T], failed: Failed) -> None:
        self._work = work
        self._done = done
        self._failed = failed
        self._answer: Callable[[], object] | None = None

    def work(self) -> None:
        """On the worker thread."""
        try:
            value = self._work()
        except Exception as error:  # what is raised is shown on a failure card  # noqa: BLE001
            self._answer = partial(self._failed, error)
        else:
            self._answer = partial(self._done, value)

    def answer(self) -> bool:
        """Give the answer to who asked; False if it was given before."""
        answer, self._answer = self._answer, None
        if answer is None:
            return False
        # The worker thread may hold this a moment longer, and no widget may be freed there.
        del self._work, self._done, self._failed
        try:
            answer()
        except Exception:
            # A screen that cannot draw one answer must not take the kiosk down.
            log.exception("an answer could not be shown")
        return True


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

    def do(self, work: Work[T], done: Done[T], failed: Failed, patience_s: float = 0.0) -> None:
        """Do the work on the worker thread, then call one of the two on Kivy's.

        With patience, Kivy's thread waits that long for the answer, so that quick work is drawn in this
        very frame and not in the next one.
        """
        if self._stopped:
            return
        self._waiting += 1
        asked = _Asked(work, done, failed)
        over = self._pool.submit(asked.work)
        over.add_done_callback(lambda _over: later(partial(self._give, asked)))
        if patience_s:
            wait([over], patience_s)
            self._give(asked)

    def _give(self, asked: _Asked[Any]) -> None:
        if asked.answer():
            self._waiting -= 1

    def stop(self, last: Work[object] | None = None) -> None:
        """Finish what was asked, do `last`, and end the thread."""
        if self._stopped:
            return
        self._stopped = True
        if last is not None:
            self._pool.submit(last)
        self._pool.shutdown(wait=True)
