"""The browser as another user: held by a line, and gone with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from kiosk.consultation.browser import PREFIX, Area, Browser
from tests.fake_desk import wait_for

# What holds a profile, has a child in a group of its own, and would live for ever.
STUBBORN = """import os, pathlib, subprocess, sys, time
folder = next(each.partition("=")[2] for each in sys.argv if each.startswith("--user-data-dir="))
pathlib.Path(folder, "here").touch()
child = subprocess.Popen(["sleep", "600"], process_group=0)
print(os.getpid(), child.pid, folder, file=open(sys.argv[1], "w"), flush=True)
time.sleep(600)
"""


class Service:
    """What a machine's own service manager does at the socket."""

    def __init__(self, folder: Path) -> None:
        self.path, self.told = folder / "call", folder / "told"
        script = folder / "stubborn.py"
        script.write_text(STUBBORN, encoding="utf-8")
        self._running: list[subprocess.Popen[bytes]] = []
        self._command = [
            sys.executable, "-m", "kiosk.consultation.leash", "--serve", sys.executable, str(script), str(self.told),
        ]
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def browser(self) -> tuple[int, int, Path]:
        """The browser's process, its child's, and its profile."""
        wait_for(lambda: self.told.exists() and self.told.read_text().endswith("\n"))
        pid, child, folder = self.told.read_text().split()
        return int(pid), int(child), Path(folder)

    def close(self) -> None:
        """Serve no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for process in self._running:
            process.wait(60)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                with line:
                    self._running.append(subprocess.Popen(self._command, stdin=line, stdout=line))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path)
    yield running
    running.close()


def near_end(service: Service) -> tuple[str, ...]:
    return (sys.executable, "-m", "kiosk.consultation.leash", str(service.path))


def is_gone(service: Service) -> bool:
    pid, child, folder = service.browser
    return not psutil.pid_exists(pid) and not psutil.pid_exists(child) and not folder.exists()


def test_the_line_ends_and_with_it_browser_and_profile(service: Service) -> None:
    browser = Browser(near_end(service))
    browser.open("about:blank", Area())
    pid, _, folder = service.browser
    assert folder.name.startswith(PREFIX)
    assert folder != browser.profile, "the far end has a profile of its own"
    assert browser.is_alive
    assert pid != browser.pid
    browser.end()
    wait_for(lambda: is_gone(service))


def test_a_browser_that_ends_ends_the_near_end(service: Service) -> None:
    browser = Browser(near_end(service))
    browser.open("about:blank", Area())
    os.kill(service.browser[0], 9)
    wait_for(lambda: not browser.is_alive)
    wait_for(lambda: is_gone(service))
    browser.end()


def test_a_kiosk_that_is_killed_takes_it_along(service: Service) -> None:
    script = (
        "import sys, time; from kiosk.consultation.browser import Area, Browser; browser = Browser(sys.argv[1:]);"
        "browser.open('about:blank', Area()); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, *near_end(service)]) as kiosk:
        assert service.browser[0]
        kiosk.kill()
    wait_for(lambda: is_gone(service))


def test_only_options_are_taken(service: Service) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(service.path))
        line.sendall(b'["/bin/sh"]\n')
        assert line.recv(10) == b""
    assert not service.told.exists()
