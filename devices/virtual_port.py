"""A serial port without hardware: a pseudo-terminal behind a link whose path never changes."""

from __future__ import annotations

import fcntl
import os
import pty
import secrets
import select
import struct
import termios
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path
from typing import Final

from .errors import DeviceLost, SimulatorError

_TAKEN_TIMEOUT_S: Final = 2.0
_LOOK_AGAIN_S: Final = 0.01


class VirtualPort:
    """The device's end of a serial line; a driver opens `link`. Safe to use from several threads.

    Raw, without echo. It keeps the driver's end open itself, so a driver may come and go. What is
    written while no driver listens waits in the kernel's 4 KB at most, and is lost when a driver opens
    the port: the same as with a real device.
    """

    def __init__(self, link: Path, name: str = "scanner") -> None:
        self.link = link
        self._name = name
        self._ends: tuple[int, int] | None = None   # device's end, driver's end
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._is_cut = threading.Event()

    def plug(self) -> None:
        """Makes a new terminal and links it; nothing if plugged. Raises SimulatorError if `link` is in the way."""
        with self._lock:
            if self._ends is not None:
                return
            ours, theirs = pty.openpty()
            try:
                tty.setraw(theirs)
                os.set_blocking(ours, False)
                fcntl.ioctl(ours, termios.TIOCPKT, struct.pack("i", 1))     # tells us of thrown away bytes
                self._point_link_at(os.ttyname(theirs))
            except BaseException:
                os.close(ours)
                os.close(theirs)
                raise
            self._ends = ours, theirs
            self._is_cut.clear()

    def unplug(self) -> None:
        """Removes link and terminal; whoever reads it loses it at once. Nothing if unplugged."""
        with self._lock:
            if self._ends is None:
                return
            ours, theirs = self._ends
            self._ends = None
            self._is_cut.set()
            if self.link.is_symlink() and self.link.readlink() == Path(os.ttyname(theirs)):
                self.link.unlink()
            os.close(ours)
            os.close(theirs)

    def write(self, data: bytes, slow_ms: float = 0) -> bool:
        """Sends bytes, `slow_ms` apart; False if nobody makes room for them in two seconds. Raises DeviceLost."""
        step = 1 if slow_ms else max(1, len(data))
        with self._writing:
            self._has_thrown_away()
            ends = self._get_ends()
            for start in range(0, len(data), step):
                if start:
                    self._is_cut.wait(slow_ms / 1000)
                if not self._send(data[start: start + step], ends):
                    return False
        return True

    def is_taken(self) -> bool:
        """Whether all that was written is read by somebody within two seconds. Raises DeviceLost."""
        deadline_s = time.monotonic() + _TAKEN_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if not self._has_unread():
                return not self._has_thrown_away()
            time.sleep(_LOOK_AGAIN_S)
        return False

    def _has_unread(self) -> bool:
        """Whether the driver's end has bytes to read."""
        look = select.poll()
        with self._lock:
            # Unlike FIONREAD this first delivers what was written, which on a busy machine may come much later.
            look.register(self._get_ends()[1], select.POLLIN)
            return bool(look.poll(0))

    def _has_thrown_away(self) -> bool:
        """Whether a driver threw unread bytes away, as each does when it opens, since this was last asked."""
        with self._lock, suppress(BlockingIOError):
            while packet := os.read(self._get_ends()[0], 4096):
                if packet[0] & termios.TIOCPKT_FLUSHREAD:
                    return True
        return False

    def _send(self, data: bytes, ends: tuple[int, int]) -> bool:
        deadline_s = time.monotonic() + _TAKEN_TIMEOUT_S
        while data:
            with self._lock:
                if self._get_ends() is not ends:    # plugged again meanwhile
                    raise DeviceLost(self._name, "unplugged")
                with suppress(BlockingIOError):
                    data = data[os.write(ends[0], data):]
                    continue
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_LOOK_AGAIN_S)
        return True

    def _get_ends(self) -> tuple[int, int]:
        if self._ends is None:
            raise DeviceLost(self._name, "unplugged")
        return self._ends

    def _point_link_at(self, terminal: str) -> None:
        """Replaces the link in one step: a driver finds the old terminal or the new one, never none."""
        if self.link.exists() and not self.link.is_symlink():
            raise SimulatorError(self._name, f"{self.link} exists and is no link")
        fresh = self.link.with_name(f".{self.link.name}.{secrets.token_hex(4)}")
        try:
            self.link.parent.mkdir(parents=True, exist_ok=True)
            fresh.symlink_to(terminal)
            fresh.replace(self.link)
        except OSError as cause:
            fresh.unlink(missing_ok=True)
            raise SimulatorError(self._name, f"{self.link}: {cause}") from cause
