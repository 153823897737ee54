"""`make test` on small suites of its own: what it calls green, flaky and red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = "def test_good(): pass\n"
BROKEN = "def test_broken():\n    print('what was printed')\n    assert 1 == 2\n"
EVERY_SECOND_TIME = """
from pathlib import Path

def test_wavers():
    seen = Path("seen")
    if not seen.exists():
        seen.touch()
        raise RuntimeError("the first time")
"""
HANGS = """
import threading
import time

def test_hangs():
    threading.Thread(target=time.sleep, args=(30,), daemon=True, name="another").start()
    threading.Event().wait()
"""
STUCK = """
import signal
import time

def test_stuck():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)     # what would end it never comes
    time.sleep(60)
"""


class Run(NamedTuple):
    """How a run ended, what it said, the stacks of what hung, and what it kept of failures."""

    code: int
    said: str
    stacks: str
    kept: dict[str, str]


def play(folder: Path, *options: str, **files: str) -> Run:
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    plugins = "-p xdist -p timeout -p randomly --timeout=2"
    settings = "-o faulthandler_timeout=4 -o faulthandler_exit_on_timeout=true"
    done = subprocess.run(
        [sys.executable, "-m", "tests.runner", "--workers", "2", "-p", "no:cacheprovider", *options],
        cwd=folder, capture_output=True, text=True, check=False,
        env={
            **os.environ, "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": f"{plugins} {settings}",
        },
    )
    kept = {path.name: path.read_text() for path in (folder / "build" / "flaky").glob("*")}
    return Run(done.returncode, done.stdout, done.stderr, kept)


def test_all_well_is_green_with_its_slowest_and_its_seed(tmp_path: Path) -> None:
    run = play(tmp_path, "--seed", "7", good=GOOD, better=GOOD)
    assert (run.code, run.kept) == (0, {})
    assert "slowest 2 of 2:" in run.said
    assert "the same order again: --seed 7" in run.said
    assert run.said.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_what_is_broken_is_red_after_its_second_try(tmp_path: Path) -> None:
    run = play(tmp_path, good=GOOD, bad=BROKEN)
    assert run.code == 1
    assert "failed twice: test_bad.py::test_broken" in run.said
    assert run.said.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_what_fails_every_second_time_is_green_with_a_line_and_what_it_said(tmp_path: Path) -> None:
    run = play(tmp_path, good=GOOD, odd=EVERY_SECOND_TIME)
    assert run.code == 0
    assert "flaky: test_odd.py::test_wavers (what it said first: build/flaky/test_odd.py-test_wavers.txt)" in run.said
    assert "the first time" in run.kept["test_odd.py-test_wavers.txt"]
    assert run.said.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_a_flaky_test_does_not_hide_a_broken_one(tmp_path: Path) -> None:
    run = play(tmp_path, odd=EVERY_SECOND_TIME, bad=BROKEN)
    assert run.code == 1
    assert "what was printed" in run.kept["test_bad.py-test_broken.txt"]
    assert run.said.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize("text", [HANGS, STUCK], ids=["hangs", "stuck"])
def test_what_hangs_is_red_with_all_stacks_and_the_run_goes_on(tmp_path: Path, text: str) -> None:
    run = play(tmp_path, good=GOOD, late=text)
    assert run.code == 1
    assert "failed twice: test_late.py::test_" in run.said
    assert "another" in run.kept.get("test_late.py-test_hangs.txt", "") or "in test_stuck" in run.stacks
    assert run.said.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_file_that_cannot_be_read_is_red(tmp_path: Path) -> None:
    assert play(tmp_path, good=GOOD, bad="import nothing_of_that_name\n").code != 0


def test_no_test_at_all_is_red(tmp_path: Path) -> None:
    assert play(tmp_path).code == pytest.ExitCode.NO_TESTS_COLLECTED
