"""Working stand-ins for drivers, for tests and demos without devices."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Literal, NoReturn

from .base import Scanner
from .errors import DeviceError, DeviceLost, DeviceMissing

_POLL_S = 0.05


class FakeMisused(BaseException):
    """A test or the code under test did what the real device cannot; no `except Exception` swallows it."""


class FakeScanner(Scanner):
    """A scanner without a cable: give it codes with `scan`, faults with `fail_next`, `unplug` and `plug`."""

    def __init__(self, name: str = "scanner") -> None:
        super().__init__(name)
        self.is_open = False
        self.opened = 0     # how often it was opened
        self._is_plugged = True
        self._frames: deque[bytes] = deque()
        self._faults: dict[str, deque[DeviceError]] = {"open": deque(), "poll": deque()}
        self._changed = threading.Condition()

    def scan(self, code: str | bytes) -> None:
        """Reads a code; lost, as in life, if nobody has the scanner open."""
        frame = code.encode() if isinstance(code, str) else code
        if not frame or b"\r" in frame or b"\n" in frame:
            raise FakeMisused("a frame is not empty and has no terminator")
        with self._changed:
            if self.is_open and self._is_plugged:
                self._frames.append(frame)
                self._changed.notify_all()

    def fail_next(self, error: DeviceError | None = None, call: Literal["open", "poll"] = "poll") -> None:
        """Lets the next `open` or `poll` raise `error`, DeviceLost if none is given."""
        with self._changed:
            self._faults[call].append(error or DeviceLost(self.name, "fail_next"))
            self._changed.notify_all()

    def unplug(self) -> None:
        """Pulls the cable: unread codes are gone."""
        with self._changed:
            self._is_plugged = False
            self._frames.clear()
            self._changed.notify_all()

    def plug(self) -> None:
        """Puts the cable back; the driver has to open it again."""
        with self._changed:
            self._is_plugged = True

    def wait_open(self, timeout_s: float = 5.0) -> bool:
        """Whether somebody has it open, at the latest after `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.is_open, timeout_s)

    def open(self) -> None:
        """Opens it; raises what `fail_next` says, or DeviceMissing while unplugged."""
        with self._changed:
            if self.is_open:
                return
            self._raise_fault("open")
            if not self._is_plugged:
                raise DeviceMissing(self.name, "unplugged")
            self.is_open = True
            self.opened += 1
            self._frames.clear()
            self._changed.notify_all()

    def poll(self) -> list[bytes]:
        """The codes scanned since the last call; waits a moment for one."""
        with self._changed:
            if self.is_open:
                self._changed.wait_for(lambda: self._frames or self._faults["poll"] or not self._is_plugged, _POLL_S)
            self._raise_fault("poll")
            if not self.is_open or not self._is_plugged:
                raise DeviceLost(self.name, "unplugged" if self.is_open else "not open")
            frames = list(self._frames)
            self._frames.clear()
            return frames

    def close(self) -> None:
        """Closes it; what was scanned and not read is gone."""
        with self._changed:
            self.is_open = False
            self._frames.clear()

    def _raise_fault(self, call: str) -> None:
        if self._faults[call]:
            raise self._faults[call].popleft()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """Stops the test on a call that no scanner knows."""
            if name.startswith("__"):
                raise AttributeError(name)
            raise FakeMisused(f"a scanner has no {name}")
