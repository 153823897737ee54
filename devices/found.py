"""Finding a device on USB again that comes back under another number: ttyACM0 becomes ttyACM1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
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
