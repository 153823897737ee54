"""The demo's office: made from nothing, filled with the example, served on loopback."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .processes import Crew, DemoFailed, answers, hold_port, run_once, say, tool
from .words import _

USER: Final = "office"
STATION: Final = "330502-01"
_PORT: Final = 8000


class Office:
    """`yizhan-central` with its data in one folder; the login is made up once and kept beside it.

    `port` is the one it would like to have; 0 leaves that to the system.
    """

    def __init__(self, folder: Path, sync_period_s: float, *, port: int = _PORT, with_history: bool = True) -> None:
        self._folder = folder
        self._with_history = with_history
        self._steps = folder / "steps"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._steps.mkdir(exist_ok=True)
        self._held = self._hold_port(port)
        self.port = int(self._held.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "office.db"
        self._env = {
            "YIZHAN_CENTRAL_DATA": str(folder),
            "YIZHAN_CENTRAL_URL": self.url,
            "YIZHAN_SYNC_PERIOD_S": f"{sync_period_s:g}",
            "YIZHAN_DATABASE_URL": "",
            "YIZHAN_DRAWN_CAMERA": "1",
        }

    @property
    def password(self) -> str:
        """Of the one account."""
        return (self._folder / "password").read_text().strip()

    def prepare(self) -> None:
        """Database, example and account, each once."""
        self.run("migrate")
        once(self._steps / "example", self._fill)
        once(self._steps / "account", self._add_account)
        once(self._steps / "doctor", self._add_doctor)
        once(self._steps / "fleet", self._allow_fleet)

    def serve(self, crew: Crew) -> None:
        """Start serving and wait until it answers."""
        self._held.close()
        crew.start(
            "office", [tool("yizhan-central"), "serve", "--port", str(self.port)], env=self._env,
            ready=lambda: answers(self.port),
        )

    def make_code(self) -> str:
        """A one-time code to enrol the example's first station with."""
        return self.run("station", "code", STATION)

    def run(self, *arguments: str, given: str = "") -> str:
        """One `yizhan-central` command; what it printed."""
        return run_once([tool("yizhan-central"), *arguments], env=self._env, given=given)

    def _fill(self) -> None:
        say(
            _("filling the office with the example: three stations, 300 copies of real titles, a made-up month")
            if self._with_history
            else _("filling the office with the example: three stations, 300 copies of real titles")
        )
        self.run("example", *([] if self._with_history else ["--bare"]))

    def _add_account(self) -> None:
        path = self._folder / "password"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(12))
        self.run("user", "add", USER, "--password-stdin", given=self.password + "\n")

    def _add_doctor(self) -> None:
        """The one account answers calls too."""
        about = ("--name", "王晓云（示例）", "--licence", "0000-0000001", "--title", "主治医师")
        self.run("consult", "add-doctor", USER, *about)

    def _allow_fleet(self) -> None:
        """It lets programs out and tells the station what to do, too."""
        self.run("fleet", "allow", USER)

    def _hold_port(self, wanted: int) -> socket.socket:
        """The port of the first run for ever: the station is enrolled at it. Another run must not take it meanwhile."""
        kept = self._folder / "port"
        port = int(kept.read_text()) if kept.exists() else wanted
        held = hold_port(port)
        found = int(held.getsockname()[1])
        if kept.exists() and found != port:
            held.close()
            raise DemoFailed(_(
                "Port {port} is in use by another program, and the demo's station is enrolled at an office there.\n"
                "Stop that program, or begin anew with `make clean`."
            ).format(port=port))
        kept.write_text(str(found))
        return held


def once(mark: Path, step: Callable[[], None]) -> None:
    """Do a step that must not be done twice; the mark says that it is done."""
    if not mark.exists():
        step()
        mark.touch()
