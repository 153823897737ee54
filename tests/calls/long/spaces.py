"""Two namespaces with a line between them whose weather a process within may change."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.sync.faults.netns import Namespaces, TunLine, Weather, tun_line, within

from .line import SPACE, WEATHER

CLEAR: Final = Weather(loss=0.0, delay_s=0.01, bits_per_s=20_000_000)


@contextmanager
def a_line() -> Generator[tuple[list[str], dict[str, str]]]:
    """What to put before a case's command, and its environment; raises NoLine."""
    with tempfile.TemporaryDirectory() as folder, Namespaces() as spaces, tun_line(spaces, CLEAR) as line:
        path = str(Path(folder) / "weather")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(path)
            threading.Thread(target=_follow, args=(told, line), daemon=True).start()
            yield within(spaces.office), {SPACE: spaces.station, WEATHER: path}
            told.shutdown(socket.SHUT_RDWR)


def _follow(told: socket.socket, line: TunLine) -> None:
    while said := told.recv(64):
        line.weather = CLEAR._replace(loss=float(said))
