"""`make tour` in full, and the line that it cuts."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from deploy.demo.eye import Seen, missing
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


def drawn(*boxes: tuple[int, int, int, int]) -> Image.Image:
    """A screen of paper with something dark in these places."""
    picture = Image.new("RGB", (100, 200), "#FBF6EE")
    for box in boxes:
        picture.paste("#2A211C", box)
    return picture


def test_a_step_lacks_the_words_that_nobody_shows() -> None:
    shown = [Seen("签到 成功，\n欢迎歇脚", (10, 10, 90, 40))]
    picture = drawn((20, 20, 30, 30))
    assert missing(["签到成功"], shown, picture) == []
    assert missing(["签到成功", "借好了"], shown, picture) == ["借好了"]
    assert missing(["签到成功"], [], picture) == ["签到成功"]


def test_words_that_a_program_claims_to_show_are_lacking_where_the_screen_is_empty() -> None:
    shown = [Seen("签到成功", (10, 10, 90, 40))]
    assert missing(["签到成功"], shown, drawn()) == ["签到成功"]
    assert missing(["签到成功"], shown, drawn((20, 100, 30, 110))) == ["签到成功"]
    assert missing(["签到成功"], [Seen("签到成功", (200, 10, 300, 40))], drawn((20, 20, 30, 30))) == ["签到成功"]


@pytest.mark.slow
@pytest.mark.timeout(180)   # the whole tour, which takes two minutes on a busy machine
def test_the_tour_holds() -> None:
    tour = subprocess.run(
        [sys.executable, "-m", "deploy.demo.tour"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    pictures = {path.name.split("-", 1)[1] for path in (ROOT / "build" / "tour").glob("*.png")}
    assert {"home.png", "borrowed.png", "returned-offline.png", "office-page.png"} <= pictures
