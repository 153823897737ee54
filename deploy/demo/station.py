"""The demo's station: enrolled once, then agent, virtual scanner and kiosk, all on one folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .processes import ROOT, Crew, run_once, tool
from .words import _

_ALREADY_ENROLLED: Final = 6
# A container gets a new network card at every start; that must not look like a cloned station.
_INSTALL: Final = {"YIZHAN_INSTALL": "demo"}


class Station:
    """The programs of one station, and the paths they share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "station"
        self.database = self.folder / "station.db"
        self.port = folder / "scanner"
        self.socket = folder / "scanner.sock"
        self.words = folder / "words.json"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def enrol(self, office_url: str, code: str) -> None:
        """Become a station of that office, unless it is one already."""
        run_once(
            [tool("yizhan-agent"), "enrol", "--data", str(self.folder), "--office", office_url, code],
            env=_INSTALL, fine=(0, _ALREADY_ENROLLED),
        )

    def start(
        self, crew: Crew, display: Mapping[str, str], size: tuple[int, int], *, with_words: bool = False
    ) -> None:
        """Agent, scanner, kiosk; back when the window is there. `with_words` keeps those on the screen in `words`."""
        agent = [tool("yizhan-agent"), "run", "--now", "--data", str(self.folder)]
        crew.start("agent", agent, env=_INSTALL, ready=lambda: True)
        self.port.unlink(missing_ok=True)
        crew.start(
            "scanner", [tool("yizhan-scanner"), "run", "--link", str(self.port), "--socket", str(self.socket)],
            ready=lambda: self.port.exists() and self.socket.exists(),
        )
        command = [*self._kiosk(size), *(["--demo-words", str(self.words)] if with_words else [])]
        kiosk = crew.start("kiosk", command, env=display, ready=lambda: True)
        crew.wait_for(_("the kiosk's window"), lambda: _has_window(kiosk.pid, display))

    def _kiosk(self, size: tuple[int, int]) -> list[str]:
        command = [
            tool("yizhan-kiosk"), "--data", str(self.folder), "--size", f"{size[0]}x{size[1]}",
            "--scanner", str(self.port), "--demo-socket", str(self.socket), "--fonts", str(ROOT / "build" / "fonts"),
            "--call-port", "0",
        ]
        return command if has_camera() else [*command, "--fake-camera"]

    def scan(self, code: str) -> None:
        """Let the virtual scanner read a code; raises DemoFailed if nobody listens to it."""
        run_once([tool("yizhan-scanner"), "scan", code, "--socket", str(self.socket)], env={})


def has_camera() -> bool:
    """Whether a doctor could see somebody here."""
    return any(Path("/dev").glob("video*"))


def _has_window(pid: int, display: Mapping[str, str]) -> bool:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--pid", str(pid)], env={**os.environ, **display},
        capture_output=True, check=False,
    )
    return bool(found.stdout.strip())
