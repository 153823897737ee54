"""A browser that is none: a program that holds the call page's line to the kiosk and says what a test wants.

    python call_window.py FOLDER … --app=http://127.0.0.1:8765/TOKEN/
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


def fake_browser(folder: Path) -> tuple[str, ...]:
    """The command for a kiosk's `browser`."""
    return (sys.executable, str(Path(__file__).resolve()), str(folder / "window"))


def as_program(path: Path, command: tuple[str, ...]) -> Path:
    """A command as one file, which a test may take away and put back."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


class CallWindow:
    """A test's side of the fake: what the page says to the kiosk, and what it has heard."""

    def __init__(self, station: Path) -> None:
        self._folder = station / "window"
        self._folder.mkdir(exist_ok=True)

    def forget(self) -> None:
        """What was said and heard in an earlier call; none may be going on."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()

    @property
    def heard(self) -> list[dict[str, Any]]:
        """What the kiosk has said, beats left out."""
        path = self._folder / "heard"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    @property
    def kinds(self) -> list[str]:
        """The kinds of what was heard."""
        return [said["kind"] for said in self.heard]

    def say(self, kind: str, **fields: Any) -> None:
        """Say something to the kiosk; `kind` freeze stops answering, vanish ends the process."""
        with (self._folder / "say").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **fields}) + "\n")


def run(folder: Path, url: str) -> None:
    """The fake itself; ends when the kiosk does, or is killed."""
    from websockets.sync.client import connect

    folder.mkdir(exist_ok=True)
    said = 0
    line_url = f"{url.replace('http:', 'ws:').rpartition('/')[0]}/line"
    with connect(line_url, origin=url[: url.index("/", 8)], proxy=None) as line:  # type: ignore[arg-type]
        line.send('{"kind": "hello"}')
        while True:
            with suppress(TimeoutError):
                heard = json.loads(line.recv(timeout=0.02))
                if heard["kind"] == "beat":
                    line.send(json.dumps({"kind": "beat", "n": heard["n"]}))
                else:
                    with (folder / "heard").open("a", encoding="utf-8") as file:
                        file.write(json.dumps(heard) + "\n")
                    if heard["kind"] == "hello":
                        line.send('{"kind": "phase", "phase": "mirror"}')
            lines = (folder / "say").read_text(encoding="utf-8").splitlines() if (folder / "say").exists() else []
            for text in lines[said:]:
                said += 1
                if '"vanish"' in text:
                    return
                while '"freeze"' in text:
                    time.sleep(60)
                line.send(text)


if __name__ == "__main__":
    page = next(argument.removeprefix("--app=") for argument in sys.argv if argument.startswith("--app="))
    with suppress(Exception):
        run(Path(sys.argv[1]), page)
