"""Finding a device on USB again that comes back under another number: ttyACM0 becomes ttyACM1."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from serial.tools import list_ports


class UsbPort(Protocol):
    """The part of pyserial's port description that tells one device from another, as udev knows it."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None


List = Callable[[], Iterable[UsbPort]]


logger = logging.getLogger(__name__)


class Likeness(NamedTuple):
    """What stays the same of a device: its maker and model, and its own number or else the socket it is in."""

    vid: int
    pid: int
    own: str


def list_usb_ports() -> Iterable[UsbPort]:
    """All serial ports of this machine."""
    return list_ports.comports()


def likeness_of(url: str, ports: List = list_usb_ports) -> Likeness | None:
    """Who is at this port, `/dev/serial/by-id/…` too; None for what is not on USB."""
    if not url.startswith("/"):
        return None
    path = os.path.realpath(url)
    return next((_likeness(port) for port in ports() if port.device == path), None)


def place_of(likeness: Likeness, ports: List = list_usb_ports) -> str | None:
    """Where this device is now; None if it is nowhere, or if more than one looks like it."""
    places = [port.device for port in ports() if _likeness(port) == likeness]
    return places[0] if len(places) == 1 else None


def _likeness(port: UsbPort) -> Likeness | None:
    if port.vid is None or port.pid is None:
        return None
    return Likeness(port.vid, port.pid, port.serial_number or f"at {port.location or 'unknown'}")


class Remembered:
    """Who was at a port last, for as long as the settings name that port; kept in a file over a restart."""

    def __init__(self, url: str, path: Path | None = None) -> None:
        self._url = url
        self._path = path
        self._likeness = self._read()

    @property
    def likeness(self) -> Likeness | None:
        """The device that was here last."""
        return self._likeness

    def note(self, likeness: Likeness | None) -> None:
        """This one is here now; written down if it is another than before."""
        if likeness == self._likeness:
            return
        self._likeness = likeness
        if self._path is None:
            return
        try:
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps({"url": self._url, "likeness": likeness}), "utf-8")
            draft.replace(self._path)
        except OSError as fault:
            # A full or broken disk is somebody else's to tell; the scanner works all the same.
            logger.warning("%s: who is at this port is not kept: %s", self._path.name, fault.strerror)

    def _read(self) -> Likeness | None:
        if self._path is None:
            return None
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            vid, pid, own = kept["likeness"]
            is_whole = isinstance(vid, int) and isinstance(pid, int) and isinstance(own, str)
            is_ours = is_whole and kept["url"] == self._url
        except (OSError, ValueError, KeyError, TypeError):
            return None     # none yet, or damaged: it is looked for where the settings say
        return Likeness(vid, pid, own) if is_ours else None
