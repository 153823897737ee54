"""Telling systemd that a program is ready, and that it still lives; silent where nobody asked.

What the words mean stands in sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Final

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
_MICRO: Final = 1_000_000
logger = logging.getLogger(__name__)


class Notifier:
    """One program's line to systemd."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog_s = _watchdog_s(environment)      # how long systemd waits for a sign of life; 0: it does not

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def tell(self, words: str) -> None:
        """Say this; a socket that does not take it is logged, never raised."""
        if not self._address:
            return
        # An address that begins with @ lies in no folder.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.setblocking(False)     # a systemd that is slow to listen must not hold up the screen
                line.connect(address)
                line.send(words.encode())
        except OSError as cause:
            logger.warning("systemd was not told %s: %s", words, cause.strerror)


class SignsOfLife:
    """Tells systemd in time that the program lives, as often as it is asked to and no more."""

    def __init__(self, notifier: Notifier, elapsed_s: Callable[[], float]) -> None:
        self._notifier = notifier
        self._elapsed_s = elapsed_s
        self._told_s = float("-inf")

    def ready(self) -> None:
        """The program does its work from now on."""
        self._notifier.tell(READY)

    def alive(self) -> None:
        """Called often; told four times in the time that systemd waits."""
        now_s = self._elapsed_s()
        if self._notifier.watchdog_s and now_s - self._told_s >= self._notifier.watchdog_s / 4:
            self._told_s = now_s
            self._notifier.tell(ALIVE)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """What systemd set for this very process, seconds."""
    wanted, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    is_ours = not process or process == str(os.getpid())
    return int(wanted) / _MICRO if wanted.isdecimal() and is_ours else 0.0
