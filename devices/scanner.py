"""Barcode scanners on a serial port."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .base import Scanner
from .errors import DeviceLost
from .found import List, Remembered, likeness_of, list_usb_ports, place_of
from .frames import Frames
from .port import Port, open_port, translated

logger = logging.getLogger(__name__)

_READ_BYTES: Final = 4096


class SerialScanner(Scanner):
    """Barcodes from a serial port; framing is in frames.py."""

    def __init__(
        self,
        url: str,
        *,
        name: str = "scanner",
        baud: int = 9600,
        timeout_s: float = 0.05,
        connect: Callable[..., Port] = open_port,
        clock_s: Callable[[], float] = time.monotonic,
        ports: List = list_usb_ports,
        kept_in: Path | None = None,
    ) -> None:
        super().__init__(name)
        self._url = url
        self._baud = baud
        self._timeout_s = timeout_s
        self._connect = connect
        self._clock_s = clock_s
        self._ports = ports
        self._last = Remembered(url, kept_in)
        self._port: Port | None = None
        self._frames = Frames()
        self._listened_s = 0.0

    def open(self) -> None:
        """Opens the port for us alone, forgetting anything half read; raises DeviceError."""
        if self._port is None:
            # Pulled out and put back, it may have another number, and its old one may be another device's.
            url = (self._last.likeness and place_of(self._last.likeness, self._ports)) or self._url
            self._port = self._connect(url, self.name, baud=self._baud, timeout_s=self._timeout_s)
            self._last.note(likeness_of(url, self._ports))
            self._frames = Frames()
            self._listened_s = 0.0
            logger.info("%s: open on %s", self.name, url)

    def poll(self) -> list[bytes]:
        """Whole frames; waits `timeout_s` at most, and not at all once bytes are there."""
        if self._port is None:
            raise DeviceLost(self.name, "not open")
        began_s = self._clock_s()
        with translated(DeviceLost, self.name):
            data = self._port.read(min(max(1, self._port.in_waiting), _READ_BYTES))
        # Only time spent listening is silence: a busy machine that reads late must not cut a scan in two.
        self._listened_s += min(self._clock_s() - began_s, self._timeout_s)
        return self._frames.feed(data, self._listened_s)

    def close(self) -> None:
        """Closes the port."""
        port, self._port = self._port, None
        if port is None:
            return
        try:
            with translated(DeviceLost, self.name):
                port.close()
        except DeviceLost as error:
            logger.debug("%s: closing a lost port: %s", self.name, error)
