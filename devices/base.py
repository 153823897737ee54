"""What all drivers share: the interfaces, and the state a device is in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Whether a device works, and since when."""

    device: str         # the driver's name, `scanner`
    ok: bool
    code: str           # the DeviceError's code, empty while it works
    since_utc: datetime  # when it began to work or stopped working


class Scanner(ABC):
    """Reads codes; knows nothing of what they mean. Used from one thread."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def open(self) -> None:
        """Connects, forgetting anything half read; raises DeviceError. Does nothing if open."""

    @abstractmethod
    def poll(self) -> list[bytes]:
        """Whole frames, terminators cut off; waits a moment at most. Raises DeviceLost, also if not open."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of the device; may be called again, never raises."""
