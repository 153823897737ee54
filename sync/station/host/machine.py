"""What each row of the table does on a real machine."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Final

import msgspec

from devices.personal import without_numbers_of_people

from . import slots
from .errors import HostBusy
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
    Reboot,
    Restart,
    Screen,
    Slots,
    Watchdog,
    WatchdogState,
)
from .tools import run

_UNITS: Final = {"kiosk": "yizhan-kiosk.service", "agent": "yizhan-agent.service"}
_LOGGED: Final = ("yizhan-kiosk.service", "yizhan-agent.service", "yizhan-host.service", "rauc.service")
_MAX_LOG_CHARS: Final = 200_000
_LONG_NUMBER: Final = re.compile(r"(?<![0-9a-fA-F:.-])\d{7,}(?![0-9a-fA-F:.-])")
_WATCHDOG: Final = Path("/sys/class/watchdog/watchdog0")


class Machine:
    """Does what is asked; one installation at a time."""

    def __init__(self, updates: Path, site: Path) -> None:
        self._updates = updates
        self._site = site
        self._installing = threading.Lock()

    def do(self, request: AnyRequest) -> msgspec.Struct:
        """The answer; raises HostError."""
        answer: msgspec.Struct = Done()
        match request:
            case Network():
                answer = read_links()
            case Screen():
                answer = change_screen(self._site, request)
            case Slots():
                answer = slots.read_slots(self._site)
            case Inspect(path):
                answer = slots.inspect(self._updates, path)
            case Logs(lines):
                answer = LogText(read_logs(lines))
            case Watchdog():
                answer = read_watchdog()
            case Install() | Mark() | Activate() | Reboot():
                self._change_system(request)
            case Restart(program):
                run(["systemctl", "--no-block", "restart", _UNITS[program]])
        return answer

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


def read_watchdog(folder: Path = _WATCHDOG) -> WatchdogState:
    """The watchdog of hardware, if the kernel has one."""
    try:
        name = (folder / "identity").read_text("utf-8").strip()
        return WatchdogState(is_present=True, name=name, timeout_s=int((folder / "timeout").read_text("ascii")))
    except (OSError, ValueError):
        return WatchdogState(is_present=folder.exists())
