"""`yizhan-central` in processes of its own, each forked from one that has all but its settings.

Starting takes a tenth of what an interpreter takes that loads Django first. What runs is `sync.central.__main__.main`
with its own environment, standard streams, signals and exit code, as from the command line.
"""

# Python has no public way to end its fork server.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from multiprocessing import forkserver
from pathlib import Path
from typing import Final

from tests.mortal import die_with_parent

from .beside import fork_what_is_started

ROOT: Final = Path(__file__).resolve().parents[2]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.central.loaded"])


class CentralProcess:
    """One command that runs; the part of `subprocess.Popen` that tests use. It ends with this process at the latest.

    What it starts beside itself is forked too, unless that has to be an interpreter of its own.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], stdin: Path, stdout: Path, stderr: Path,
        *, forks: bool = True,
    ) -> None:
        streams = (str(stdin), str(stdout), str(stderr))
        work = (list(arguments), dict(environment), streams, forks)
        self._process = _context.Process(target=_run, args=work, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """How it ended, minus a signal's number; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, at last; raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("yizhan-central", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Tell it something, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End it as systemd would."""
        self._process.terminate()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()


def run_office(environment: Mapping[str, str], *arguments: str, stdin: str = "") -> str:
    """One command to its end; its output, stripped. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as name:
        told, out, err = (Path(name) / stream for stream in ("stdin", "stdout", "stderr"))
        told.write_text(stdin)
        code = CentralProcess(arguments, environment, told, out, err).wait()
        if code:
            raise RuntimeError(f"yizhan-central {' '.join(arguments)}: {err.read_text()[-2000:]}")
        return out.read_text().strip()


def end_forking() -> None:
    """End the process that all were forked from, so that what they used counts as used by the tests."""
    forkserver._forkserver._stop()


def _run(arguments: list[str], environment: dict[str, str], streams: tuple[str, str, str], forks: bool) -> None:
    die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    modes = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, (name, mode) in enumerate(zip(streams, modes, strict=True)):
        os.dup2(os.open(name, mode, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    sys.argv = ["yizhan-central", *arguments]
    from django.db import connections

    from sync.central.__main__ import main

    from .loaded import forget_settings

    forget_settings()

    with ExitStack() as stack:
        if forks and arguments[:1] == ["serve"] and "--no-projector" not in arguments:
            stack.callback(fork_what_is_started(main))
        stack.callback(connections.close_all)   # which an interpreter that ends would do
        code = main(arguments)
    sys.exit(code)
