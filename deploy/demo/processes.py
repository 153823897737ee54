"""Starting programs, watching them, and stopping every one of them again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .words import _

ROOT: Final = Path(__file__).resolve().parents[2]
START_S: Final = 60.0
_STOP_S: Final = 8.0
_LOOK_S: Final = 0.1
_MOST_STARTS: Final = 4
_TAIL_LINES: Final = 12


class DemoFailed(Exception):
    """The demo cannot go on; the words say what happened and where to look."""


class Program:
    """One program of ours or of Debian's, with its log."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a process group of its own; raises DemoFailed if there is no such program."""
        self.starts += 1
        # The keyboard's Ctrl-C must reach only us, and nothing may outlive us, not even kill -9.
        command = ["setpriv", "--pdeathsig", "TERM", "--", *self._command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self._env}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id; 0 before the start."""
        return self._process.pid if self._process else 0

    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.poll() if self._process else 0

    def kill(self) -> None:
        """End it the hard way, as a power cut would, and wait until it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it and its children to end; after a while, end them."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, number)
            self._process.wait(_STOP_S)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass  # gone already, or the next signal will do it

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])


class Crew:
    """All programs of one run; leaving the `with` block stops them, the last started first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._programs: list[Program] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not leave half of them running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for program in reversed(self._programs):
            program.stop()

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, ready: Callable[[], bool]
    ) -> Program:
        """Start a program and wait until it is ready; raises DemoFailed, and then it is none of the crew."""
        program = Program(name, command, env or {}, self._logs / f"{name}.log")
        self._programs.append(program)
        try:
            program.start()
            self.wait_for(_("{name} to start").format(name=name), ready)
        except DemoFailed:
            program.stop()
            self._programs.remove(program)
            raise
        return program

    def wait_for(self, what: str, claim: Callable[[], bool], timeout_s: float = START_S) -> None:
        """Wait until the claim holds; raises DemoFailed if time runs out or a program ends meanwhile."""
        deadline = time.monotonic() + timeout_s
        while not claim():
            for program in self._programs:
                code = program.exit_code()
                if code is not None:
                    raise DemoFailed(_ended(program, code))
            if time.monotonic() > deadline:
                raise DemoFailed(
                    _("waited {seconds:.0f} s for {what}; the logs are in {folder}").format(
                        seconds=timeout_s, what=what, folder=self._logs
                    )
                )
            time.sleep(_LOOK_S)

    def watch_until_closed(self, name: str) -> None:
        """Keep all programs running until the one of this name is closed; raises DemoFailed."""
        while True:
            for program in self._programs:
                code = program.exit_code()
                if code == 0 and program.name == name:
                    return
                if code is not None:
                    self._start_again(program, code)
            time.sleep(5 * _LOOK_S)

    def _start_again(self, program: Program, code: int) -> None:
        if program.starts >= _MOST_STARTS:
            given_up = _("It ended {count} times; giving up.").format(count=program.starts)
            raise DemoFailed(f"{_ended(program, code)}\n{given_up}")
        say(_("{name} ended with {code} (log: {log}); starting it again").format(
            name=program.name, code=code, log=program.log
        ))
        program.start()


def _ended(program: Program, code: int) -> str:
    ended = _("{name} ended with {code}. The end of {log}:").format(name=program.name, code=code, log=program.log)
    return f"{ended}\n{program.last_words()}"


def run_once(command: Sequence[str], *, env: Mapping[str, str], given: str = "", fine: Sequence[int] = (0,)) -> str:
    """Run a command to its end; what it printed. Raises DemoFailed with its words unless its exit code is fine."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode not in fine:
        name = " ".join(Path(part).name for part in command[:3])
        ended = _("{name} ended with {code}:").format(name=name, code=done.returncode)
        raise DemoFailed(f"{ended}\n{done.stderr.strip()}")
    return done.stdout.strip()


def tool(name: str) -> str:
    """A command of this project's virtual environment."""
    return str(Path(sys.executable).with_name(name))


def hold_port(wanted: int) -> socket.socket:
    """The wanted loopback port if nobody has it, else one that the system picks; nobody gets it until it is closed."""
    try:
        return socket.create_server(("127.0.0.1", wanted))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


def find_free_port(wanted: int) -> int:
    """The same, for a program that is started at once."""
    with hold_port(wanted) as held:
        return int(held.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def say(words: str) -> None:
    """A line for whoever started this."""
    print(words, flush=True)
