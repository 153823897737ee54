"""What is being done for the worker in front: one thing at a time, with a spinner when it takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from kiosk.ui.frame import Frame
from kiosk.ui.ticks import later
from kiosk.ui.words import _

from .worker import Worker

T = TypeVar("T")
PATIENCE_S: Final = 0.012   # a commit takes a few milliseconds; what takes longer comes with a later frame
SPINNER_S: Final = 0.3
SENTENCE_S: Final = 2.0


class Doing:
    """Work that somebody waits for; while it runs, taps are dropped."""

    def __init__(
        self, frame: Frame, worker: Worker, over: Callable[[], object], then: Callable[[], object]
    ) -> None:
        self.is_busy = False
        self._frame = frame
        self._worker = worker
        self._over = over   # somebody waited, and is here
        self._then = then   # after an answer was shown

    def run(self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[Exception], object]) -> None:
        """Work on the worker thread, come back on Kivy's; dropped while something else is being done."""
        if self.is_busy:
            return
        self.is_busy = self._frame.blocked = True
        waits = (
            later(lambda: self._frame.wait(""), SPINNER_S),
            later(lambda: self._frame.wait(_("请稍等，正在保存，不用再点")), SENTENCE_S),
        )

        def over() -> None:
            for wait in waits:
                wait.cancel()
            self._frame.wait_no_more()
            self.is_busy = self._frame.blocked = False
            self._over()

        def worked(answer: T) -> None:
            over()
            try:
                done(answer)
            finally:
                self._then()

        def raised(error: Exception) -> None:
            over()
            failed(error)

        self._worker.do(work, worked, raised, patience_s=PATIENCE_S)
