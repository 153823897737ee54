"""Set-up and clean-up as somebody at a terminal has them."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from deploy.demo.processes import ROOT

_PYTHON = """#!/bin/sh
[ "$1" = -V ] && { echo Python 3; exit; }
trap 'echo "Traceback (most recent call last):" >&2; kill $!; exit 1' INT
echo begun >begun
sleep 120 & wait
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As much of the project as set-up and clean-up touch, with a Python that takes its time."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        monkeypatch.delenv(name, raising=False)     # of the `make` that plays the tests
    (tmp_path / "deploy").mkdir()
    for name in ("setup", "clean", "say.sh"):
        shutil.copy(ROOT / "deploy" / name, tmp_path / "deploy" / name)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "deploy" / "packages.txt").touch()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").touch()
    slow = tmp_path / "python"
    slow.write_text(_PYTHON)
    slow.chmod(0o755)
    return tmp_path


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


def make_on_a_terminal(folder: Path, *targets: str) -> str:
    """What `make` says on a terminal where Ctrl-C is pressed as soon as set-up is busy."""
    number, line = pty.fork()
    if number == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)    # who runs us in the background has it ignored
        os.chdir(folder)
        os.environ["PYTHON"] = str(folder / "python")
        os.execvp("make", ["make", *targets])
    said, is_pressed = b"", False
    try:
        while piece := os.read(line, 4_096):
            said += piece
            if b"virtual environment" in said and not is_pressed:
                _wait_for(folder / "begun")
                os.write(line, b"\x03")
                is_pressed = True
    except OSError:
        pass    # the terminal is gone with its last program
    finally:
        os.close(line)
    assert os.waitpid(number, 0)[1] != 0
    return said.decode()


@pytest.mark.parametrize("target", ["setup", "run"])
def test_ctrl_c_during_set_up_ends_in_one_line(clone: Path, target: str) -> None:
    said = make_on_a_terminal(clone, target).replace("^C", "").split("\r\n")
    lines = [line for line in said if not line.startswith("make: ***")]     # now and then make finds its child gone
    assert lines[0].startswith("setup: virtual environment")
    assert lines[1].startswith("setup: stopped at: virtual environment")
    assert lines[1].endswith("Run it again: it goes on from there.")
    assert lines[2:] == [""]


def test_clean_keeps_what_took_minutes_and_says_what_it_deleted(clone: Path) -> None:
    for folder in (".venv/bin", "build/fonts", "build/tour", "data/central"):
        (clone / folder).mkdir(parents=True)
    said = subprocess.run(["make", "clean"], cwd=clone, capture_output=True, text=True, check=True)
    assert [line.split(" (")[0] for line in said.stdout.splitlines()] == [
        "clean: deleted data", "clean: deleted build/tour",
        "clean: kept .venv, which set-up would have to get or make again",
        "clean: kept build/fonts, which set-up would have to get or make again",
    ]
    assert {path.name for path in clone.iterdir() if path.is_dir()} == {".venv", "build", "deploy", "requirements"}
    assert [path.name for path in (clone / "build").iterdir()] == ["fonts"]
    again = subprocess.run(["make", "clean"], cwd=clone, capture_output=True, text=True, check=True)
    assert again.stdout.startswith("clean: nothing to delete\n")


def test_clean_leaves_a_run_alone(clone: Path) -> None:
    (clone / "data").mkdir()
    with (clone / "data" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = subprocess.run(["make", "clean"], cwd=clone, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "still running here" in said.stderr
    assert (clone / "data").is_dir()
