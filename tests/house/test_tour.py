"""`make tour` in full, and the line that it cuts."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from deploy.demo.line import Line
from deploy.demo.processes import ROOT


@pytest.fixture
def office() -> Iterator[int]:
    """The port of a server that gives back what it gets."""

    def give_back(server: socket.socket) -> None:
        while True:
            try:
                near, _address = server.accept()
            except OSError:
                return
            with near:
                while chunk := near.recv(1024):
                    near.sendall(chunk)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=give_back, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def say_and_hear(line: Line, words: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", line.port), timeout=60) as near:
        near.sendall(words)
        return near.recv(1024)


def test_a_line_carries_both_ways(office: int) -> None:
    line = Line(office)
    assert say_and_hear(line, b"here") == b"here"
    line.cut()


def test_a_cut_line_breaks_what_is_under_way_and_refuses_what_comes(office: int) -> None:
    line = Line(office)
    with socket.create_connection(("127.0.0.1", line.port), timeout=60) as near:
        near.sendall(b"first half")
        assert near.recv(1024) == b"first half"
        line.cut()
        assert near.recv(1024) == b""
    with pytest.raises(OSError, match="refused"):
        say_and_hear(line, b"nobody there")


def test_a_mended_line_carries_again_at_the_same_place(office: int) -> None:
    line = Line(office)
    port = line.port
    line.cut()
    line.mend()
    assert line.port == port
    assert say_and_hear(line, b"again") == b"again"
    line.cut()


@pytest.mark.slow
def test_the_tour_holds() -> None:
    tour = subprocess.run(
        [sys.executable, "-m", "deploy.demo.tour"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    pictures = {path.name.split("-", 1)[1] for path in (ROOT / "build" / "tour").glob("*.png")}
    assert {"home.png", "borrowed.png", "returned-offline.png", "office-page.png"} <= pictures
