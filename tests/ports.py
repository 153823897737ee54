"""Ports of loopback for the servers of a test."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import suppress

_numbers = itertools.count()


def free_port() -> int:
    """A port that nobody uses, never the same twice, and given to nobody's outgoing connection."""
    while True:
        # Another process begins elsewhere.
        port = 20_000 + (os.getpid() * 131 + next(_numbers)) % 10_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
