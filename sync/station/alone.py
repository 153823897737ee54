"""One program of a kind on one folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sync.command_line import why

from .errors import StoreUnwritable
from .shared import file_mode


@contextmanager
def alone(data: Path, lock: str, refuse: Callable[[str], Exception]) -> Generator[None]:
    """Hold this folder as its only program of a kind; raises what `refuse` makes of who holds it, StoreUnwritable.

    The kernel lets go of the lock when the program ends, however it ends.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(data / lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, file_mode(data))
    except OSError as cause:
        raise StoreUnwritable(f"{data}：{why(cause)}") from cause
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
        os.close(handle)
        raise refuse(f"{data}，进程 {holder or '不明'}") from cause
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(handle)
