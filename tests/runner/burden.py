"""Programs that do nothing but keep the processor busy, as a machine that others use too."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator


@contextlib.contextmanager
def burden(loops: int) -> Generator[None]:
    """So many busy loops for the time of the block; they end with this process, however that ends."""
    command = ["setpriv", "--pdeathsig=KILL", sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(command) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
            loop.wait()
