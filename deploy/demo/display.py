"""A screen where there is none: Xvfb, and the way to see and touch it from a browser on this machine."""

from __future__ import annotations

import os
import re
import secrets
import struct
import subprocess
from pathlib import Path
from typing import Final

from .processes import Crew, DemoFailed, answers, find_free_port

NOVNC: Final = Path("/usr/share/novnc")
_ANY_DISPLAY: Final = 0xFFFF
_NUMBERS: Final = range(100, 1_000)     # far from a desktop's own
_MOST_TRIES: Final = 5
_COOKIE: Final = b"MIT-MAGIC-COOKIE-1"


class VirtualDisplay:
    """An X server in memory that only this run's programs may use."""

    def __init__(self, crew: Crew, folder: Path, width: int, height: int) -> None:
        self._crew = crew
        self._folder = folder
        self._cookie = folder / "xauthority"
        _write_cookie(self._cookie)
        self.env = {"DISPLAY": self._start(f"{width}x{height}x24"), "XAUTHORITY": str(self._cookie)}

    def _start(self, size: str, tries: int = _MOST_TRIES) -> str:
        """Start an X server; its display's name. Raises DemoFailed."""
        # Left to choose, Xvfb takes a number that a server which is just ending still has locked.
        name = f":{secrets.choice(_NUMBERS)}"
        said = self._folder / "display"
        said.unlink(missing_ok=True)
        server = 'exec Xvfb "$1" -displayfd 3 -screen 0 "$2" -nolisten tcp -auth "$3" 3>"$4"'
        command = ["sh", "-c", server, "sh", name, size, str(self._cookie), str(said)]
        try:
            self._crew.start("display", command, ready=lambda: _read_line(said) != "")
        except DemoFailed:
            if tries == 1:
                raise
            return self._start(size, tries - 1)
        return name

    def serve(self) -> str:
        """Show the screen in the browser, on loopback and behind a password of this run; its address."""
        password = secrets.token_urlsafe(6)     # VNC knows no more than 8 characters
        secret = self._folder / "vnc-password"
        _write_secret(secret, password.encode())
        vnc_port = find_free_port(5900)
        self._crew.start(
            "vnc",
            ["x11vnc", "-localhost", "-rfbport", str(vnc_port), "-passwdfile", f"rm:{secret}", "-forever", "-shared",
             "-quiet", "-no6", "-norc"],
            env=self.env, ready=lambda: answers(vnc_port),
        )
        web_port = find_free_port(6080)
        self._crew.start(
            "web-screen", ["websockify", "--web", str(NOVNC), f"127.0.0.1:{web_port}", f"127.0.0.1:{vnc_port}"],
            ready=lambda: answers(web_port),
        )
        # What follows # stays in the browser: the password is in no request and no log.
        return f"http://127.0.0.1:{web_port}/vnc.html#password={password}&autoconnect=true&resize=scale"


def find_display_size() -> tuple[int, int] | None:
    """Size of the display this was started on, in pixels; None if there is none."""
    if not os.environ.get("DISPLAY"):
        return None
    asked = subprocess.run(["xdotool", "getdisplaygeometry"], capture_output=True, text=True, check=False)
    size = re.fullmatch(r"(\d+) (\d+)", asked.stdout.strip())
    return (int(size[1]), int(size[2])) if size else None


def _read_line(path: Path) -> str:
    text = path.read_text() if path.exists() else ""
    return text.strip() if text.endswith("\n") else ""


def _write_cookie(path: Path) -> None:
    """An Xauthority file with one random cookie, good for whatever number the server gets."""
    fields = (b"", b"", _COOKIE, secrets.token_bytes(16))
    _write_secret(path, struct.pack(">H", _ANY_DISPLAY) + b"".join(struct.pack(">H", len(f)) + f for f in fields))


def _write_secret(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
