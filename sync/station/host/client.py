"""Asking the machine, from the kiosk and the agent: one question at a time, each with an end."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from .errors import HostAway, HostError, HostRefused
from .table import (
    MAX_REPLY_BYTES,
    SOCKET,
    Activate,
    AnyRequest,
    Bundle,
    Done,
    Inspect,
    Install,
    Links,
    Logs,
    LogText,
    Mark,
    Matrix,
    Network,
    Reboot,
    Restart,
    Rotation,
    Screen,
    ScreenSet,
    SetClock,
    Site,
    SiteState,
    Slots,
    SlotState,
    Watchdog,
    WatchdogState,
    raise_fault,
)

A = TypeVar("A", bound=msgspec.Struct)
_SECONDS: Final = 60.0
_INSTALL_S: Final = 50 * 60.0


class Host:
    """The machine this program runs on. Every method raises HostError; HostAway where there is no such door."""

    def __init__(self, path: Path = Path(SOCKET)) -> None:
        self._path = path

    def links(self) -> Links:
        """Which network links there are, and how they are."""
        return self._ask(Network(), Links)

    def screen(self) -> ScreenSet:
        """How the screen is turned and touched."""
        return self._ask(Screen(), ScreenSet)

    def set_screen(self, *, rotation: Rotation | None = None, matrix: Matrix | None = None) -> ScreenSet:
        """Turn the screen, or set its touch; it is kept."""
        return self._ask(Screen(rotation, matrix), ScreenSet)

    def site_faults(self) -> tuple[str, ...]:
        """What is wrong with the site file."""
        return self._ask(Site(), SiteState).faults

    def set_clock(self, at: datetime) -> None:
        """Set the machine's clock to an aware time; raises ClockRefused before the program's own date."""
        self._ask(SetClock(at), Done)

    def slots(self) -> SlotState:
        """Which system runs, and what the other slot holds."""
        return self._ask(Slots(), SlotState)

    def inspect(self, bundle: str) -> Bundle:
        """What a bundle in the folder of updates says of itself; raises BundleMisplaced, BundleUnsigned."""
        return self._ask(Inspect(bundle), Bundle)

    def install(self, bundle: str) -> None:
        """Write a bundle into the other slot, which the next boot tries; takes minutes. Raises BundleOlder too."""
        self._ask(Install(bundle), Done, seconds=_INSTALL_S)

    def mark(self, how: Literal["good", "bad"]) -> None:
        """Say whether the system that runs is good."""
        self._ask(Mark(how), Done)

    def activate(self, slot: Literal["booted", "other"]) -> None:
        """Say which slot is booted next."""
        self._ask(Activate(slot), Done)

    def reboot(self) -> None:
        """Start the machine anew; it answers, then it goes."""
        self._ask(Reboot(), Done)

    def restart(self, program: Literal["kiosk", "agent"]) -> None:
        """Start one of our programs anew."""
        self._ask(Restart(program), Done)

    def logs(self, lines: int = 400) -> str:
        """The last lines of our programs' logs, without numbers of people."""
        return self._ask(Logs(lines), LogText).text

    def watchdog(self) -> WatchdogState:
        """Whether a watchdog of hardware is there."""
        return self._ask(Watchdog(), WatchdogState)

    def _ask(self, request: AnyRequest, kind: type[A], *, seconds: float = _SECONDS) -> A:
        line = self._exchange(msgspec.json.encode(request) + b"\n", seconds)
        raise_fault(line)
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as cause:
            raise HostError(f"the answer is no {kind.__name__}") from cause

    def _exchange(self, line: bytes, seconds: float) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
                door.settimeout(seconds)
                door.connect(str(self._path))
                door.sendall(line)
                with door.makefile("rb") as lines:
                    answer = lines.readline(MAX_REPLY_BYTES + 1)
        except (FileNotFoundError, ConnectionRefusedError) as cause:
            raise HostAway(str(self._path)) from cause
        except PermissionError as cause:
            raise HostRefused(str(self._path)) from cause
        except OSError as cause:
            raise HostError(f"{self._path.name}: {cause}") from cause
        if not answer.endswith(b"\n"):
            raise HostError("the answer was cut off")
        return answer
