"""Listening to one scanner for as long as the program runs, whatever happens to its cable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from .base import DeviceState, Scanner
from .errors import DeviceError, DeviceFaulty

logger = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.2
LAST_RETRY_S: Final = 5.0
_STEADY_POLLS: Final = 100  # about five seconds without a scan
_STOP_TIMEOUT_S: Final = 2.0


def _now_utc() -> datetime:
    return datetime.now(UTC)


class ScannerListener:
    """A thread that opens a scanner, hands on its frames, and opens it again when it was lost.

    `on_frame` and `on_state` are called on that thread; `on_state` once for each change of `ok` or `code`.
    """

    def __init__(
        self,
        scanner: Scanner,
        on_frame: Callable[[bytes], None],
        on_state: Callable[[DeviceState], None],
        *,
        now_utc: Callable[[], datetime] = _now_utc,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`wait` passes the given seconds, or fewer if `stop` is called meanwhile."""
        self._scanner = scanner
        self._on_frame = on_frame
        self._on_state = on_state
        self._now_utc = now_utc
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._state: DeviceState | None = None
        self._retry_s = FIRST_RETRY_S
        self._thread = threading.Thread(target=self.run, name=f"{scanner.name}-listener", daemon=True)

    def start(self) -> None:
        """Begins to listen; once in the life of a listener."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes the scanner; may be called again."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_STOP_TIMEOUT_S)
            if self._thread.is_alive():
                logger.warning("%s: its driver does not return, it is left behind", self._scanner.name)

    def run(self) -> None:
        """Listens until `stop`; the thread's work, also callable as it is."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except DeviceError as error:
                self._fail(error)
            except Exception as cause:
                # A driver's bug costs this scanner a moment, never the others or the screen.
                if self._has_news(DeviceFaulty.code):
                    logger.exception("%s: its driver failed", self._scanner.name)
                self._fail(DeviceFaulty(self._scanner.name, type(cause).__name__))
        self._close()

    def _listen(self) -> None:
        self._scanner.open()
        polls = 0
        while not self._stopping.is_set():
            frames = self._scanner.poll()
            self._report(ok=True, code="")
            for frame in frames:
                self._hand_on(frame)
            polls += 1
            if frames or polls == _STEADY_POLLS:
                self._retry_s = FIRST_RETRY_S

    def _fail(self, error: DeviceError) -> None:
        if self._has_news(error.code):
            logger.warning("%s", error)
        self._close()
        self._report(ok=False, code=error.code)
        self._wait(self._retry_s)
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)

    def _close(self) -> None:
        try:
            self._scanner.close()
        except Exception:
            # `close` promises not to raise; a driver that breaks the promise is still only one driver.
            logger.exception("%s: its driver failed to close", self._scanner.name)

    def _hand_on(self, frame: bytes) -> None:
        try:
            self._on_frame(frame)
        except Exception:
            # One scan that nobody could take must not end the listening.
            logger.exception("%s: a scan was not taken", self._scanner.name)

    def _has_news(self, code: str) -> bool:
        return self._state is None or self._state.code != code

    def _report(self, *, ok: bool, code: str) -> None:
        if not self._has_news(code):
            return
        if ok:
            logger.info("%s: works", self._scanner.name)
        last = self._state
        since_utc = last.since_utc if last is not None and last.ok == ok else self._now_utc()
        self._state = DeviceState(self._scanner.name, ok, code, since_utc)
        try:
            self._on_state(self._state)
        except Exception:
            # Somebody else's trouble with the news is not the scanner's.
            logger.exception("%s: a change of state was not taken", self._scanner.name)
