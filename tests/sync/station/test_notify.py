"""What systemd hears, on a real socket of its kind."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.station.notify import Notifier, SignsOfLife


class Systemd:
    """The other end of the line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """What came since this was last asked."""
        heard: list[str] = []
        while True:
            try:
                heard.append(self._socket.recv(1_024).decode())
            except BlockingIOError:
                return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    systemd = Systemd(tmp_path / "notify")
    yield systemd
    systemd.close()


def test_signs_of_life_come_in_time_and_not_more_often(systemd: Systemd) -> None:
    now_s = 100.0
    notifier = Notifier({"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "20000000"})
    signs = SignsOfLife(notifier, lambda: now_s)
    signs.ready()
    for _second in range(12):
        signs.alive()
        now_s += 1
    assert systemd.heard() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_without_a_watchdog_only_readiness_is_told(systemd: Systemd) -> None:
    signs = SignsOfLife(Notifier({"NOTIFY_SOCKET": str(systemd.path)}), lambda: 0.0)
    signs.ready()
    signs.alive()
    assert systemd.heard() == ["READY=1"]


def test_the_watchdog_of_another_process_is_not_ours(systemd: Systemd) -> None:
    given = {"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "1000000"}
    assert Notifier({**given, "WATCHDOG_PID": str(os.getpid())}).watchdog_s == 1.0
    assert Notifier({**given, "WATCHDOG_PID": "1"}).watchdog_s == 0.0


def test_a_systemd_that_does_not_listen_holds_up_nobody(systemd: Systemd) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(systemd.path)})
    for _word in range(2_000):      # more than any queue takes
        notifier.tell("WATCHDOG=1")
    assert systemd.heard()


def test_nobody_there_is_no_fault(tmp_path: Path) -> None:
    SignsOfLife(Notifier({}), lambda: 0.0).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
