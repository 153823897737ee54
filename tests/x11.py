"""A screen of our own: Xvfb, a finger made by xdotool, and a look at single pixels."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mss

_START_S = 60.0
_MOST_TRIES = 20
_numbers = itertools.count()


@contextlib.contextmanager
def virtual_screen(width: int, height: int) -> Iterator[str]:
    """An X server of this size for the time of the block; its display name, `:112`."""
    for _ in range(_MOST_TRIES):
        # Another process begins elsewhere; left to choose, Xvfb takes what one that is just ending still has locked.
        display = f":{100 + (os.getpid() * 31 + next(_numbers)) % 900}"
        read_end, write_end = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", display, "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24",
             "-nolisten", "tcp", "-noreset"],
            pass_fds=(write_end,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(write_end)
        try:
            ready, _, _ = select.select([read_end], [], [], _START_S)
            if ready and os.read(read_end, 16):
                yield display
                return
        finally:
            os.close(read_end)
            server.terminate()
            server.wait(_START_S)
    raise RuntimeError("Xvfb did not start")


class Finger:
    """Taps on a display, as a touch panel's driver would tell the X server."""

    def __init__(self, display: str) -> None:
        self._process = subprocess.Popen(
            ["xdotool", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, "DISPLAY": display}
        )

    def move(self, x: int, y: int) -> None:
        """Bring the finger over a place, without touching."""
        self._write(f"mousemove {x} {y}\n")

    def tap(self, x: int, y: int) -> None:
        """Touch a place and let go."""
        self._write(f"mousemove {x} {y}\nmousedown 1\nmouseup 1\n")

    def close(self) -> None:
        """Take the finger away."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(60)

    def _write(self, commands: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("xdotool has no input")
        self._process.stdin.write(commands.encode())
        self._process.stdin.flush()


class Eye:
    """Looks at a display; a look at one pixel takes about 0.1 ms."""

    def __init__(self, display: str) -> None:
        self._screen = mss.MSS(display=display)

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green, blue at a place."""
        red, green, blue = self._screen.grab({"left": x, "top": y, "width": 1, "height": 1}).pixel(0, 0)[:3]
        return red, green, blue

    def picture(self, path: Path) -> None:
        """The whole screen as a PNG."""
        self._screen.shot(output=str(path))

    def wait_until(self, claim: Callable[[tuple[int, int, int]], bool], x: int, y: int, timeout_s: float = 60) -> float:
        """Watch a pixel until the claim holds of it; the monotonic time it did. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while (now := time.monotonic()) < deadline:
            if claim(self.pixel(x, y)):
                return now
            time.sleep(0.0005)
        raise TimeoutError(f"the pixel at {x}, {y} is {self.pixel(x, y)}")

    def close(self) -> None:
        """Stop looking."""
        self._screen.close()
