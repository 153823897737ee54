"""A health talk in a window of its own, by mpv; stopped at once, and resumed where it was."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .browser import Area, die_with_parent
from .errors import PlayerMissing

log = logging.getLogger(__name__)

_ASKED_S: Final = 0.3       # for where it is; a ring does not wait for longer
_BACK_S: Final = 3.0        # so much is seen again
_FLAGS: Final = (
    "--no-config", "--no-terminal", "--really-quiet", "--ontop", "--no-border", "--force-window=yes", "--no-osc",
    "--no-input-default-bindings", "--input-vo-keyboard=no", "--input-cursor=no", "--cursor-autohide=always",
    "--keepaspect-window=no", "--keep-open=no", "--hwdec=auto-safe", "--ytdl=no", "--load-scripts=no",
)


class Player:
    """Plays one film at a time; call it on a thread that lives as long as it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._began_s = self._from_s = 0.0

    @property
    def is_playing(self) -> bool:
        """Whether its window is there."""
        return self._process is not None and self._process.poll() is None

    def play(self, film: Path, area: Area, from_s: float = 0.0) -> None:
        """Show it there; raises PlayerMissing."""
        self.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="yizhan-talk-")
        place = f"{area.width}x{area.height}+{area.left}+{area.top}"
        arguments = [
            *self._command, *_FLAGS, f"--geometry={place}", f"--start={max(0.0, from_s - _BACK_S):.1f}",
            f"--input-ipc-server={self._socket}", "--", str(film),
        ]
        try:
            self._process = subprocess.Popen(   # noqa: S603  # the command is the configuration's
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=die_with_parent,     # noqa: PLW1509  # one call into libc
            )
        except OSError as cause:
            self.stop()
            raise PlayerMissing(f"{self._command[0]}: {cause.strerror}") from cause
        self._began_s, self._from_s = time.monotonic(), from_s

    def stop(self) -> float:
        """End it at once; how far it was, in seconds, 0 if it has come to its end."""
        process, self._process = self._process, None
        at_s = 0.0
        if process is not None:
            if process.poll() is None:
                at_s = self._where()
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()
        return at_s

    @property
    def _socket(self) -> str:
        return f"{self._folder.name}/mpv" if self._folder else ""

    def _where(self) -> float:
        with suppress(OSError, ValueError, KeyError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ASKED_S)
            line.connect(self._socket)
            line.sendall(b'{"command": ["get_property", "time-pos"]}\n')
            for answer in line.recv(4096).splitlines():
                said = json.loads(answer)
                if isinstance(said.get("data"), (int, float)):
                    return float(said["data"])
        return self._from_s + time.monotonic() - self._began_s
