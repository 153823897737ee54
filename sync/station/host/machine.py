"""What each row of the table does on a real machine."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from devices.personal import without_numbers_of_people
from sync.station.clock import PROGRAM_DATE

from . import slots
from .errors import ClockRefused, HostBusy
from .links import read_links
from .screen import change_screen
from .table import (
    Activate,
    AnyRequest,
    Done,
    Inspect,
    Install,
    Logs,
    LogText,
    Mark,
    Network,
    Question,
    Reboot,
    Restart,
    Screen,
    SetClock,
    Site,
    SiteState,
    Slots,
    Watchdog,
    WatchdogState,
)
from .tools import run

_UNITS: Final = {"kiosk": "yizhan-kiosk.service", "agent": "yizhan-agent.service"}
_LOGGED: Final = ("yizhan-kiosk.service", "yizhan-agent.service", "yizhan-host.service", "rauc.service")
_MAX_LOG_CHARS: Final = 200_000
_LONG_NUMBER: Final = re.compile(r"(?<![0-9a-fA-F:.-])\d{7,}(?![0-9a-fA-F:.-])")
_SITE_FAULTS: Final = Path("/run/yizhan/site.faults")     # written by yizhan-site
_WATCHDOG: Final = Path("/sys/class/watchdog/watchdog0")


class Machine:
    """Does what is asked; one installation at a time."""

    def __init__(self, updates: Path, site: Path) -> None:
        self._updates = updates
        self._site = site
        self._installing = threading.Lock()

    def do(self, request: AnyRequest) -> msgspec.Struct:
        """The answer; raises HostError."""
        match request:
            case Screen():
                return change_screen(self._site, request)
            case SetClock(at):
                set_clock(at)
            case Install() | Mark() | Activate() | Reboot():
                self._change_system(request)
            case Restart(program):
                run(["systemctl", "--no-block", "restart", _UNITS[program]])
            case _:
                return self._tell(request)
        return Done()

    def _tell(self, question: Question) -> msgspec.Struct:
        match question:
            case Network():
                return read_links()
            case Site():
                return read_site_faults()
            case Slots():
                return slots.read_slots(self._site)
            case Inspect(path):
                return slots.inspect(self._updates, path)
            case Logs(lines):
                return LogText(read_logs(lines))
            case Watchdog():
                return read_watchdog()

    def _change_system(self, request: Install | Mark | Activate | Reboot) -> None:
        """One after the other: a reboot in the middle of an installation leaves half a system."""
        if not self._installing.acquire(blocking=False):
            raise HostBusy
        try:
            match request:
                case Install(path):
                    slots.install(self._updates, self._site, path)
                case Mark(how):
                    slots.mark(self._site, how)
                case Activate(slot):
                    slots.activate(slot)
                case Reboot():
                    run(["systemctl", "--no-block", "reboot"])
        finally:
            self._installing.release()


def read_logs(lines: int) -> str:
    """The last lines of our programs' logs, without numbers of people; raises HostError."""
    units = [word for unit in _LOGGED for word in ("--unit", unit)]
    text = run(["journalctl", *units, "--lines", str(lines), "--output", "short-iso", "--no-pager", "--quiet"])
    clean = _LONG_NUMBER.sub(lambda found: "*" * len(found[0]), without_numbers_of_people(text))
    return clean[-_MAX_LOG_CHARS:]


def read_site_faults(path: Path = _SITE_FAULTS) -> SiteState:
    """One fault a line; a file that is not there has none."""
    try:
        return SiteState(tuple(path.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError):
        return SiteState()


def set_clock(at: datetime) -> None:
    """Set the clock, and the one that goes on without power; raises ClockRefused, HostError."""
    if at < PROGRAM_DATE:
        raise ClockRefused(f"{at:%Y-%m-%d}")
    # systemd's own program sets both, and only while no time server is asked.
    run(["systemctl", "stop", "systemd-timesyncd.service"])
    try:
        run(["timedatectl", "set-time", f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"])
    finally:
        run(["systemctl", "--no-block", "start", "systemd-timesyncd.service"])


def read_watchdog(folder: Path = _WATCHDOG) -> WatchdogState:
    """The watchdog of hardware, if the kernel has one."""
    try:
        name = (folder / "identity").read_text("utf-8").strip()
        return WatchdogState(is_present=True, name=name, timeout_s=int((folder / "timeout").read_text("ascii")))
    except (OSError, ValueError):
        return WatchdogState(is_present=folder.exists())
