"""The line between station and office that the player of the cases made: its name, and its weather."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Final

from tests.central.live import LiveOffice
from tests.central.processes import ROOT
from tests.sync.faults.netns import OFFICE_END, within

SPACE: Final = "YIZHAN_CALL_SPACE"      # the namespace of the station; this process is in the office's
WEATHER: Final = "YIZHAN_CALL_WEATHER"  # the socket that takes a share of packets to be lost


class Line:
    """What a case may do to it."""

    def __init__(self) -> None:
        self.within = within(os.environ[SPACE])
        self._relays: list[subprocess.Popen[bytes]] = []

    def lay(self, office: LiveOffice) -> None:
        """From the station's loopback to the office: without https it speaks to nobody farther."""
        port = str(office.port)
        command = [*self.within, sys.executable, "-m", "tests.relay", port, OFFICE_END, port]
        self._relays.append(subprocess.Popen(command, cwd=ROOT))

    def lose(self, share: float) -> None:
        """So much of what is sent; 1: the cable is out."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.sendto(str(share).encode(), os.environ[WEATHER])

    def close(self) -> None:
        """Take the relay away."""
        for relay in self._relays:
            relay.kill()
            relay.wait(60)


