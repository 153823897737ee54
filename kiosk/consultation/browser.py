"""Debian's chromium as a child that is watched: a fresh profile in memory, gone with the call.

The caller's thread must live as long as the browser: its end is the browser's (PR_SET_PDEATHSIG). As another user it
is held by `leash.py`, whose near end is what is started, watched and killed here.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec

from .errors import DiskTooFull, WindowCrashed

log = logging.getLogger(__name__)

PREFIX: Final = "yizhan-call-"
_MEMORY: Final = Path("/dev/shm")   # noqa: S108  # a folder of our own is made in it
_ROOM_BYTES: Final = 128 * 1024**2
_DEATH_SIGNAL: Final = 1            # PR_SET_PDEATHSIG of <linux/prctl.h>
_DEAD_S: Final = 5.0
_OFF: Final = (
    "Translate", "MediaRouter", "GlobalMediaControls", "HardwareMediaKeyHandling", "OptimizationHints",
    "AutofillServerCommunication", "CalculateNativeWinOcclusion",
)
_FLAGS: Final = (
    "--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-domain-reliability", "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain",
    "--disable-session-crashed-bubble", "--hide-crash-restore-bubble", "--noerrdialogs", "--disable-infobars",
    "--disable-pinch", "--overscroll-history-navigation=0", "--disable-hang-monitor", "--disable-prompt-on-repost",
    "--autoplay-policy=no-user-gesture-required", "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--force-device-scale-factor=1",
    f"--disable-features={','.join(_OFF)}",
    # Its helpers end themselves after 15 s without a word, which is too soon for a cold start on a slow machine;
    # one of them dies with the page half loaded, and the window stays white.
    "--ipc-connection-timeout=120",
)
_libc = ctypes.CDLL(None, use_errno=True)   # looked up here: between fork and exec nothing may be loaded


class Area(msgspec.Struct, frozen=True):
    """Where the window stands on the screen, in pixels."""

    left: int = 0
    top: int = 0
    width: int = 1080
    height: int = 1920
    whole: bool = True      # covers the screen, --kiosk


class Browser:
    """One browser with one page; `end` leaves neither process nor profile."""

    def __init__(self, command: Sequence[str], *, fake_camera: bool = False) -> None:
        self._command = tuple(command)
        self._fake_camera = fake_camera
        self._process: subprocess.Popen[bytes] | None = None
        self.profile: Path | None = None
        self._hold = -1         # on the profile, for as long as this kiosk lives

    @property
    def pid(self) -> int | None:
        """Its first process; None if there is none, for a signal to 0 would be one to ourselves."""
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def open(self, url: str, area: Area, complaints: IO[bytes] | None = None) -> None:
        """Start it with this page; raises WindowCrashed if it cannot be started, DiskTooFull.

        What it complains of goes into a file, if one is given: a call may be long, and so may that.
        """
        self.profile, self._hold = make_profile()
        try:
            self._process = subprocess.Popen(   # noqa: S603  # the command is the configuration's
                self._arguments(url, area, self.profile), env=environment(self.profile), cwd=self.profile,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints or subprocess.DEVNULL,
                start_new_session=True, preexec_fn=die_with_parent,    # noqa: PLW1509  # one call into libc
            )
        except OSError as cause:
            self.end()
            if cause.errno == errno.ENOSPC:
                raise DiskTooFull(str(cause)) from cause
            raise WindowCrashed(f"{self._command[0]}: {cause.strerror}") from cause

    def end(self) -> None:
        """Kill it and all of its processes, and remove what it wrote."""
        process, self._process = self._process, None
        if process is not None:
            kill_session(process.pid)
            try:
                process.wait(_DEAD_S)
            except subprocess.TimeoutExpired:
                log.error("the call window of process %s does not die", process.pid)
        profile, self.profile = self.profile, None
        if profile is not None:
            remove(profile)
            os.close(self._hold)

    def _arguments(self, url: str, area: Area, profile: Path) -> list[str]:
        arguments = [
            *self._command, *_FLAGS, f"--user-data-dir={profile}", f"--disk-cache-dir={profile / 'cache'}",
            f"--app={url}", f"--window-position={area.left},{area.top}", f"--window-size={area.width},{area.height}",
        ]
        if area.whole:
            arguments.append("--kiosk")
        if self._fake_camera:
            arguments += ["--use-fake-device-for-media-stream=fps=30", "--use-fake-ui-for-media-stream"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")    # its sandbox refuses root; the field has a user for it
        return arguments


def sweep() -> None:
    """Remove profiles that a kiosk left which lost its power; another kiosk's on this machine are held."""
    for place in _places():
        for left in place.glob(f"{PREFIX}*"):
            with suppress(OSError):
                hold = _take(left)
                remove(left)
                os.close(hold)


def _places() -> list[Path]:
    return [_MEMORY, Path(tempfile.gettempdir())]


def _take(folder: Path) -> int:
    """Hold it until this process ends or closes what is returned; raises OSError if another does."""
    hold = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(hold)
        raise
    return hold


def make_profile() -> tuple[Path, int]:
    """A folder in memory, and the hold on it; raises DiskTooFull."""
    for place in _places():
        try:
            if shutil.disk_usage(place).free >= _ROOM_BYTES:
                folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
                hold = _take(folder)
                if folder.exists():     # or another kiosk has swept it before it was held
                    return folder, hold
                os.close(hold)
        except OSError as cause:
            log.warning("no profile in %s: %s", place, cause.strerror)
    raise DiskTooFull("no room for the call window's profile")


def environment(profile: Path) -> dict[str, str]:
    """What a browser of this profile is to know."""
    home = str(profile)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YIZHAN", "KIVY", "SDL"))}
    return {**kept, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "XDG_DATA_HOME": home}


def die_with_parent() -> None:
    """Between fork and exec: the end of the thread that started it is its own."""
    _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL)


def kill_session(leader: int) -> None:
    """Kill a session's first process and its group at once, then what has made a group of its own in it."""
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):     # it may be gone by now
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            if int(fields[3]) == leader:
                os.kill(int(stat.parent.name), signal.SIGKILL)


def remove(folder: Path) -> None:
    """Remove a profile."""
    # A process that is just ending may still write: once more.
    for _try in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    log.warning("%s could not be removed", folder)
