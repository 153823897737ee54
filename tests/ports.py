"""Ports of loopback for the servers of a test."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_FIRST: Final = 20_000      # below those that the kernel gives to outgoing connections
_END: Final = 30_000
_BLOCK: Final = 100
_mine: dict[int, Iterator[int]] = {}    # by process: a forked one has ports of its own


def free_port() -> int:
    """A port that nobody uses, never the same twice, and given to no other test, though its server may not run yet."""
    ports = _mine.setdefault(os.getpid(), _ports())
    while True:
        port = next(ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _ports() -> Iterator[int]:
    """Block after block that no other process has: a name of the kernel's, gone with the process, says whose it is."""
    for first in range(_FIRST, _END, _BLOCK):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0yizhan-test-ports-{first}")
        except OSError:
            claim.close()
            continue
        yield from range(first, first + _BLOCK)     # `claim` stays open as long as this is held
    raise RuntimeError(f"no port from {_FIRST} to {_END} is left")
