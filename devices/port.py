"""Serial ports by URL (`/dev/ttyACM0`, `loop://`, `socket://host:port`); pyserial's errors become ours here only."""

from __future__ import annotations

import errno
import termios
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol

import serial

from .errors import DeviceBusy, DeviceDenied, DeviceError, DeviceMisconfigured, DeviceMissing

# What pyserial raises for itself, lets through from the kernel, and forgets to translate.
_PORT_ERRORS: Final = (serial.SerialException, OSError, termios.error)
_ERRORS_BY_ERRNO: Final[dict[int | None, type[DeviceError]]] = {
    errno.EACCES: DeviceDenied,
    errno.EPERM: DeviceDenied,
    errno.EBUSY: DeviceBusy,
    errno.EAGAIN: DeviceBusy,   # another program's lock
}


class Port(Protocol):
    """The part of pyserial's port that our drivers use."""

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        ...

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes, fewer when the time-out is over."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Sends bytes."""
        ...

    def close(self) -> None:
        """Closes the port."""
        ...


@contextmanager
def translated(kind: type[DeviceError], device: str) -> Generator[None]:
    """Raises a port's own errors as `kind`, the cause attached."""
    try:
        yield
    except _PORT_ERRORS as cause:
        raise kind(device, str(cause)) from cause


def open_port(url: str, device: str, *, baud: int, timeout_s: float) -> Port:
    """Opens a port for us alone; what was sent before is lost. Raises DeviceError."""
    try:
        return serial.serial_for_url(url, baudrate=baud, timeout=timeout_s, exclusive=True)
    except _PORT_ERRORS as cause:
        kind = _ERRORS_BY_ERRNO.get(getattr(cause, "errno", None), DeviceMissing)
        raise kind(device, f"{url}: {cause}") from cause
    except ValueError as cause:     # no such protocol, impossible baud rate
        raise DeviceMisconfigured(device, f"{url}: {cause}") from cause
