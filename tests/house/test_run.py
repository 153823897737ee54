"""`make run` as somebody at a terminal has it: started, crashed, stopped; nothing is left behind."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.demo.display import VirtualDisplay
from deploy.demo.processes import ROOT, Crew, DemoFailed, hold_port
from deploy.demo.run import fitted
from tests.x11 import virtual_screen

_DEADLINE_S = 60


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """A folder for logs; the signals that a crew takes are given back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield tmp_path / "logs"
    for number, action in kept.items():
        signal.signal(number, action)


def wait_for(claim: Callable[[], object]) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not claim():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def test_the_window_fits_the_display_and_is_portrait_where_that_is_readable() -> None:
    assert fitted(3840, 2160) == (1080, 1920)
    for display in ((1920, 1080), (1366, 768), (1280, 800), (1080, 1920)):
        width, height = fitted(*display)
        assert width < display[0]
        assert height < display[1]
        assert min(width, height) >= 480


def start_all(logs: Path, *commands: tuple[str, list[str], bool]) -> None:
    """Start these, each with whether it gets ready, and keep them running."""
    with Crew(logs) as crew:
        for name, command, gets_ready in commands:
            crew.start(name, command, ready=lambda gets_ready=gets_ready: gets_ready)
        crew.watch_until_closed("kiosk")


def test_a_program_that_does_not_start_is_named_with_its_last_words_and_the_rest_is_stopped(logs: Path) -> None:
    broken = ["sh", "-c", "echo no paper; exit 3"]
    with pytest.raises(DemoFailed, match=r"(?s)broken ended with 3.*no paper"):
        start_all(logs, ("steady", ["sleep", "60"], True), ("broken", broken, False))
    assert [child for child in psutil.Process().children() if child.name() == "sleep"] == []


def test_a_program_that_is_not_installed_is_named(logs: Path) -> None:
    with pytest.raises(DemoFailed, match="ghost"):
        start_all(logs, ("ghost", ["no-such-program-here"], False))


def test_a_program_that_keeps_dying_ends_the_run(logs: Path) -> None:
    with pytest.raises(DemoFailed, match="giving up"):
        start_all(logs, ("weak", ["sh", "-c", "exit 1"], True))


def test_children_of_a_program_are_stopped_with_it(logs: Path) -> None:
    with Crew(logs) as crew:
        program = crew.start("parent", ["sh", "-c", "sleep 61 & wait"], ready=lambda: True)
        wait_for(lambda: psutil.Process(program.pid).children())
        child = psutil.Process(program.pid).children()[0]
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_two_runs_that_get_ready_at_once_have_a_port_each() -> None:
    with hold_port(0) as one:
        port = one.getsockname()[1]
        with hold_port(port) as other:
            assert other.getsockname()[1] != port
    with hold_port(port) as again:
        assert again.getsockname()[1] == port


def test_a_display_that_somebody_has_is_left_to_them(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with virtual_screen(64, 64) as theirs, Crew(logs) as crew:
        number = int(theirs[1:])
        numbers = iter([number, 100 + (number - 99) % 900])
        monkeypatch.setattr(secrets, "choice", lambda _: next(numbers))
        assert VirtualDisplay(crew, logs, 64, 64).env["DISPLAY"] not in {"", theirs}
        crew.wait_for("nothing", lambda: True)


def find_kiosk(run_pid: int) -> psutil.Process | None:
    children = psutil.Process(run_pid).children()
    return next((child for child in children if any("yizhan-kiosk" in part for part in cmdline_of(child))), None)


def cmdline_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []   # it ended just now


def test_run_survives_a_crash_of_the_kiosk_refuses_a_second_run_and_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.demo.run", "--data", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    said = tmp_path / "said"
    with said.open("wb") as out:
        run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_for(lambda: "Ctrl-C stops everything" in said.read_text() or run.poll() is not None)
        assert run.poll() is None, said.read_text()
        children = psutil.Process(run.pid).children(recursive=True)
        kiosk = find_kiosk(run.pid)
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "already running" in second.stdout

        assert kiosk
        kiosk.kill()
        wait_for(lambda: "kiosk ended with -9" in said.read_text())
        wait_for(lambda: find_kiosk(run.pid) not in {None, kiosk})
        children += psutil.Process(run.pid).children(recursive=True)
        for connection in (c for child in set(children) if child.is_running() for c in child.net_connections("inet")):
            assert connection.laddr.ip == "127.0.0.1"
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(_DEADLINE_S)
    assert run.returncode == 0, said.read_text()
    wait_for(lambda: not [child for child in children if child.is_running()])
