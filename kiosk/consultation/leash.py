"""The browser as a user of its own, though the kiosk may neither change users nor kill what is another's.

A service of the machine listens at a socket that the kiosk alone may open, and runs for each connection, as the
browser's user and with the connection as its input,

    python -m kiosk.consultation.leash --serve chromium

The kiosk's `browser` is then the other end, which hands over the arguments and holds the connection:

    python -m kiosk.consultation.leash /run/yizhan/call

When that end is gone, killed or dead with its kiosk, the browser and all it has started are killed and its profile is
removed. When the browser is gone, that end goes too: to the kiosk it is the browser.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from .browser import die_with_parent, environment, kill_session, make_profile, remove, sweep

_MOST_BYTES: Final = 64 * 1024
_PROFILE: Final = ("--user-data-dir=", "--disk-cache-dir=")


def serve(command: Sequence[str], line: int = 0) -> int:
    """Run the command with the arguments that come first on the line, for as long as the line is there."""
    arguments = [argument for argument in _asked(line) if not argument.startswith(_PROFILE)]
    sweep()
    profile, hold = make_profile()
    process = subprocess.Popen(     # noqa: S603  # the command is the service's, and all else an option of it
        [*command, f"--user-data-dir={profile}", f"--disk-cache-dir={profile / 'cache'}", *arguments],
        env=environment(profile), cwd=profile, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent,  # noqa: PLW1509  # one call
    )
    try:
        _until_either_ends(line, process.pid)
    finally:
        kill_session(process.pid)
        process.wait()
        remove(profile)
        os.close(hold)
    return 0


def hold(path: str, arguments: Sequence[str]) -> int:
    """Have them run at the other end, and hold the line until it is closed there."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(json.dumps(list(arguments)).encode() + b"\n")
        while line.recv(4096):
            pass
    return 0


def _asked(line: int) -> list[str]:
    """The first line: options and nothing else; raises ValueError."""
    text = b""
    while not text.endswith(b"\n"):
        more = os.read(line, 4096)
        if not more or len(text) > _MOST_BYTES:
            raise ValueError("no arguments came")
        text += more
    asked = json.loads(text)
    if not isinstance(asked, list) or not all(isinstance(one, str) and one.startswith("--") for one in asked):  # pyright: ignore[reportUnknownVariableType]
        raise ValueError("not a list of options")
    return [str(one) for one in asked]      # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _until_either_ends(line: int, pid: int) -> None:
    process = os.pidfd_open(pid)
    try:
        while True:
            ready, _, _ = select.select([line, process], [], [])
            if process in ready or not os.read(line, 4096):
                return
    except ConnectionError:
        return
    finally:
        os.close(process)


def main(words: Sequence[str]) -> int:
    """One end or the other."""
    if words[0] == "--serve":
        return serve(words[1:])
    with suppress(ConnectionError):
        return hold(words[0], words[1:])
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
