"""The lines between the stations of a town and its office, each with its weather."""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path
from typing import Any

from .processes import ProcessFailed, fork, wait
from .proxy import FaultProxy
from .weather import Weather


class Lines:
    """The proxy in a process of its own."""

    def __init__(self, folder: Path, office_port: int) -> None:
        self._report = folder / "passages.json"
        self._log = folder / "proxy.log"
        self._office_port = office_port
        self._fair = mmap.mmap(-1, 1)
        self._pid = 0

    def open(self, weathers: dict[str, tuple[Weather, int]]) -> None:
        """Open a line for each name, on its port."""
        self._pid = fork(partial(self._serve, weathers), self._log)
        for _, port in weathers.values():
            _until_listening(port)

    def heal(self) -> None:
        """No faults from now on, and what was held back is delivered."""
        self._fair[0] = 1

    def close(self) -> list[list[Any]]:
        """End it; what became of each request."""
        if not self._pid:
            return []
        os.kill(self._pid, signal.SIGTERM)
        code, self._pid = wait(self._pid, 20), 0
        if code:
            raise ProcessFailed(f"the proxy ended with {code}: {self._log.read_text()[-1500:]}")
        return list(json.loads(self._report.read_text()))

    def _serve(self, weathers: dict[str, tuple[Weather, int]]) -> None:
        asyncio.run(self._run(weathers))

    async def _run(self, weathers: dict[str, tuple[Weather, int]]) -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        proxy = FaultProxy(lambda: self._office_port, lambda: bool(self._fair[0]))
        for name, (weather, port) in weathers.items():
            await proxy.open(name, weather, port)
        await stop.wait()
        self._report.write_text(json.dumps(proxy.passages))


def _until_listening(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end:
            raise ProcessFailed("the proxy does not listen")
        time.sleep(0.002)
