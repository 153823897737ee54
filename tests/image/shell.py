"""A root's shell inside the machine, on its second serial port: only where the test's disk asks the kernel for it."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .machine import MachineFailed

WORDS: Final = "systemd.debug_shell=ttyS1"
_STORE: Final = "file:/data/station/station.db?mode=ro"
_QUERY: Final = (
    f"import json, sqlite3, sys; store = sqlite3.connect('{_STORE}', uri=True, timeout=10); "
    "print(json.dumps(store.execute(sys.argv[1]).fetchall()))"
)
_ESCAPES: Final = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class Shell:
    """Asks the machine what it does not show, one command at a time."""

    def __init__(self, path: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(path))
        self._line.settimeout(5)
        self._numbers = itertools.count(int(time.time()) % 100_000 * 100)

    def ask(self, command: str, timeout_s: float = 60.0) -> str:
        """What the command prints; raises MachineFailed if it does not end."""
        number = next(self._numbers)
        # The marks are not in what is typed, which the terminal says again.
        self._line.sendall(f"\necho BEG''IN-{number}; ({command}) 2>&1; echo E''ND-{number}-$?\n".encode())
        said, deadline = b"", time.monotonic() + timeout_s
        while (found := re.search(rb"END-%d-\d" % number, said)) is None:
            if time.monotonic() > deadline:
                raise MachineFailed(f"no end of `{command}` in {timeout_s:.0f} s: {said[-300:]!r}")
            with suppress(TimeoutError):
                said += self._line.recv(65_536)
        text = _ESCAPES.sub("", said[:found.start()].decode("utf-8", "replace")).replace("\r", "")
        return text.rpartition(f"BEGIN-{number}\n")[2].strip()

    def read(self, path: str) -> str:
        """A file of the machine; empty if it is not there."""
        return self.ask(f"cat {shlex.quote(path)} 2>/dev/null || true")

    def rows(self, sql: str) -> list[list[Any]]:
        """What the station's store answers; nothing while it is not there."""
        said = self.ask(f"python3 -c {shlex.quote(_QUERY)} {shlex.quote(sql)} 2>/dev/null || true")
        return list(json.loads(said)) if said.startswith("[") else []

    def words(self) -> list[tuple[str, tuple[int, int, int, int]]]:
        """The words on the kiosk's screen and their boxes; empty while there are none."""
        text = self.read("/run/yizhan-kiosk/words.json")
        start = text.find("[[")
        if start < 0:
            return []
        try:
            return [(str(words), tuple(box)) for words, box in json.loads(text[start:text.rindex("]]") + 2])]
        except ValueError:
            return []       # it was being written
