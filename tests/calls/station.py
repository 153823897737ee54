"""A real kiosk in a process and on a screen of its own, and whoever stands in front of it."""

# The whole journal, sent or not, is asked of the store's own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from sync.protocol.events import AnyEvent, decode_entry
from sync.station.store import Store
from tests.central.processes import ROOT
from tests.flows.conftest import FONTS
from tests.ports import free_port
from tests.x11 import Eye, Finger

from .scripts import COLOUR, DECODED, remember_peers

STATION: Final = "330502-01"
SIZE: Final = (540, 960)
WAIT_S: Final = 60.0
_ANSWERED_S: Final = 5.0     # a tap shows something by then
CHROMIUM: Final = "/usr/bin/chromium"


def wait_until(claim: Callable[[], Any], about: str, timeout_s: float = WAIT_S) -> Any:
    """What the claim gives when it gives something; raises TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not (found := claim()):
        if time.monotonic() > deadline:
            raise TimeoutError(about)
        time.sleep(0.02)
    return found


class Station:
    """One kiosk; `within` is put before its commands, to have it in a namespace."""

    def __init__(self, folder: Path, display: str, picture: Path, within: Sequence[str] = ()) -> None:
        self.relay_only = False
        self.touched_ms = 0.0       # when the call window was touched last, since 1970
        self.folder = folder
        self.display = display
        self.eye = Eye(display)
        self._finger = Finger(display)
        self._within = tuple(within)
        self._port, self.call_port = free_port(), free_port()
        self._socket = folder.parent / "ear"
        self._log = folder.parent / "kiosk.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._kiosk: subprocess.Popen[bytes] | None = None
        self.profiles: list[Path] = []      # of all call windows so far
        self._config = folder.parent / "kiosk.toml"
        browser = [
            CHROMIUM, f"--use-file-for-fake-video-capture={picture}", f"--remote-debugging-port={self._port}",
        ]
        self._config.write_text(
            f"browser = {json.dumps(browser)}\ncall_port = {self.call_port}\nfake_camera = true\nsounds = false\n"
            f'size = "{SIZE[0]}x{SIZE[1]}"\n',
            encoding="utf-8",
        )

    def enrol(self, office: str, code: str) -> None:
        """Become a station of this office."""
        command = [sys.executable, "-m", "sync.station", "enrol", "--data", str(self.folder), "--office", office, code]
        subprocess.run([*self._within, *command], cwd=ROOT, check=True, capture_output=True)

    def start(self) -> None:
        """Agent and kiosk, until home is shown."""
        self._run("sync.station", "run", "--now", "--data", str(self.folder))
        self.start_kiosk()

    def start_kiosk(self) -> None:
        """The screen alone."""
        arguments = ["--config", str(self._config), "--data", str(self.folder), "--fonts", str(FONTS)]
        self._kiosk = self._run("tests.calls.kiosk", str(self._socket), *arguments)
        self.shows("home")

    @property
    def kiosk_pid(self) -> int:
        """The kiosk's process; not of what puts it into a namespace, since that becomes it."""
        return self._kiosk.pid if self._kiosk else 0

    @property
    def screen(self) -> dict[str, Any]:
        """What is shown."""
        nothing = {"screen": "", "words": "", "browser": None, "profile": "", "share": "", "settled": False}
        return self._ask(ask="screen") or nothing

    def shows(self, screen: str, timeout_s: float = WAIT_S) -> dict[str, Any]:
        """Wait for a screen of the kiosk's."""
        wait_until(lambda: self.screen["screen"] == screen, f"{screen} is not shown", timeout_s)
        return self.screen

    def tap(self, words: str) -> None:
        """Touch what bears these words, when it is there and nothing else is being done."""
        wait_until(lambda: self.screen["settled"], "the kiosk is busy")
        x, y = wait_until(lambda: self._ask(ask="where", words=words), f"nothing to tap says {words}")
        self._finger.tap(x, y)

    def tap_at(self, x: int, y: int) -> None:
        """Touch a place."""
        self._finger.tap(x, y)

    def page(self, script: str) -> Any:
        """What a script finds in the call window."""
        return self._ask(ask="page", port=self._port, script=script)

    def tap_page(self, id_: str) -> None:
        """Touch something in the call window, when it is there and may be touched."""
        place = f"""(() => {{ const one = document.getElementById("{id_}"); if (!one || one.disabled) return null;
          const {{ left, top, width, height }} = one.getBoundingClientRect();
          return width ? [screenX + left + width / 2, screenY + top + height / 2].map(Math.round) : null; }})()"""
        x, y = wait_until(lambda: self.page(place), f"{id_} cannot be touched")
        self.touched_ms = time.time() * 1_000
        self._finger.tap(x, y)

    def colour(self, video: str) -> list[int] | None:
        """What a video of the call window shows."""
        found: list[int] | None = self.page(f'({COLOUR})("{video}")')
        return found

    def decoded(self) -> int:
        """Pictures of the doctor that were decoded."""
        return int(self.page(DECODED) or 0)

    def phase(self) -> str:
        """How far the call window is."""
        return str(self.page("document.body.dataset.phase") or "")

    def open_window(self) -> None:
        """From home to the call window."""
        wait_until(lambda: "医生在线" in self.screen["words"], "the door is shut")
        self._enter()
        self.tap("同意，继续")
        self.tap("都没有")
        self.tap("头痛")
        self.tap("选好了")
        self.shows("consult_waiting")
        self.profiles.append(Path(wait_until(lambda: self.screen["profile"], "no call window")))

    def _enter(self) -> None:
        """Through the door; one that is drawn anew under the finger is touched once more, as anybody would."""
        for _ in range(int(WAIT_S / _ANSWERED_S)):
            self.tap("看医生")
            with suppress(TimeoutError):
                self.shows("consult_consent", _ANSWERED_S)
                return
        raise TimeoutError(f"the door does not open: {self.screen}")

    def to_mirror(self) -> None:
        """From home to one's own picture."""
        self.open_window()
        script = remember_peers(relay_only=self.relay_only)
        try:
            wait_until(lambda: self.phase() == "mirror" and self.page(script), "no mirror")
        except TimeoutError as fault:
            raise TimeoutError(f"no mirror but {self.screen}\n{self.log()[-1_500:]}") from fault

    def ask_for_a_doctor(self) -> None:
        """From home into the queue."""
        self.to_mirror()
        self.tap_page("start")

    def browsers(self) -> list[psutil.Process]:
        """The call window's processes."""
        try:
            family = psutil.Process(self.kiosk_pid).children(recursive=True)
            return [one for one in family if one.name().startswith("chrom")]
        except psutil.NoSuchProcess:
            return []

    def is_clean(self) -> bool:
        """Whether nothing of a call is left: no process, no folder."""
        return not self.browsers() and not any(profile.exists() for profile in self.profiles)

    def events(self) -> list[AnyEvent]:
        """What the journal says of consultations, oldest first."""
        store = Store.open(self.folder / "station.db")
        rows = store._db.conn.execute("SELECT body FROM journal ORDER BY id").fetchall()
        store.close()
        events = [decode_entry(body).event for (body,) in rows]
        return [event for event in events if type(event).__name__.startswith("Consultation")]

    def picture(self, path: Path) -> None:
        """Its screen."""
        self.eye.picture(path)

    def kill_kiosk(self) -> None:
        """As a power cut would."""
        if self._kiosk is not None:
            self._kiosk.kill()
            self._kiosk.wait(WAIT_S)
            self._processes.remove(self._kiosk)

    def close(self) -> None:
        """End all of it."""
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            process.wait(WAIT_S)
        self._finger.close()
        self.eye.close()

    def log(self) -> str:
        """What kiosk and agent said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as out:
            process = subprocess.Popen(
                [*self._within, sys.executable, "-m", module, *arguments],
                env={**os.environ, "DISPLAY": self.display}, cwd=ROOT, stdout=out, stderr=out,
            )
        self._processes.append(process)
        return process

    def _ask(self, **words: Any) -> Any:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(WAIT_S)
                line.connect(str(self._socket))
                line.sendall(json.dumps(words).encode() + b"\n")
                with line.makefile("rb") as answer:
                    return json.loads(answer.readline() or b"null")
        except OSError:
            return None
