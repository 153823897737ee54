"""Forked processes of one run, and the office and the agents among them."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from sync.station.clock import Clock
from sync.station.errors import StoreError
from sync.station.exchange.agent import Agent
from sync.station.exchange.client import OfficeClient
from sync.station.facts import Standing
from sync.station.identity import INSTALL_VARIABLE, sole_agent, store_path
from sync.station.store import Store
from tests.mortal import die_with_parent
from tests.ports import free_port

from .steps import PROJECTOR, Death, plant

KILLED: Final = -signal.SIGKILL
NOT_DRAINED: Final = 9
_PATIENT_S: Final = 5.0
_START_S: Final = 60.0
_TIMEOUT_S: Final = 60.0


class ProcessFailed(AssertionError):
    """A process of the run ended as none may."""


def fork(job: Callable[[], None], log: Path) -> int:
    """Run a job in a child of its own; its pid. What it says goes to the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent()
        handle = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        faulthandler.enable()
        job()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001  # the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def wait(pid: int, deadline_s: float = _TIMEOUT_S) -> int:
    """How a child ended, as subprocess says it; one that does not end in time is killed and is a failure."""
    end = time.monotonic() + deadline_s
    pause_s = 0.001
    while (code := poll(pid)) is None:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise ProcessFailed(f"a process did not end within {deadline_s:.0f} s")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.02)
    return code


def poll(pid: int) -> int | None:
    """How a child ended, None if it still runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


class HastyClock(Clock):
    """This machine's clock, set wrong by so much; waits are a hundred times shorter."""

    def __init__(self, skew_s: float = 0.0, longest_s: float = 0.05) -> None:
        self._skew = timedelta(seconds=skew_s)
        self._longest_s = longest_s
        self.waited_s = 0.0

    def now(self) -> datetime:
        """What this station takes for the time."""
        return datetime.now(UTC) + self._skew

    def sleep(self, seconds: float) -> None:
        """Wait, but not long."""
        self.waited_s += seconds
        time.sleep(min(seconds / 100, self._longest_s))


class DrainingClock(HastyClock):
    """Ends the process at the first wait that finds the store drained; gives up at a deadline."""

    def __init__(self, data: Path, skew_s: float, deadline_s: float, hopeless: Collection[str]) -> None:
        super().__init__(skew_s)
        self._data = data
        self._hopeless = hopeless
        self._end = time.monotonic() + deadline_s

    def sleep(self, seconds: float) -> None:
        """Wait, unless nothing is left to wait for."""
        store = Store.open(store_path(self._data))
        line = store.facts.find(Standing) or Standing()
        is_drained = not line.failing and line.last_success and not store.journal.count("pending")
        store.close()
        if is_drained:
            sys.exit(0)
        if time.monotonic() > self._end or line.failing in self._hopeless:
            print(f"not drained: {line.failing}")
            sys.exit(NOT_DRAINED)
        super().sleep(seconds)


def connect(silence_s: float) -> Callable[[str], OfficeClient]:
    """A client that is not patient."""
    return partial(OfficeClient, connect_s=2.0, silence_s=silence_s, whole_s=silence_s * 6)


def be_agent(
    data: Path, *, install: str, turns: int, skew_s: float, seed: str, silence_s: float, death: Death | None = None
) -> None:
    """The real agent, for so many turns."""
    os.environ[INSTALL_VARIABLE] = install
    plant(death)
    clock = HastyClock(skew_s)
    try:
        with sole_agent(data):
            agent = Agent(data, clock=clock, connect=connect(silence_s), random=Random(seed))
            for _ in range(turns):
                clock.sleep(agent.turn())
            agent.close()
    except StoreError as fault:
        print(fault)    # as the program does: it ends with a code, and is started again


def be_draining_agent(
    data: Path, *, install: str, skew_s: float, deadline_s: float, hopeless: Collection[str] = ()
) -> None:
    """The real agent in its real loop, until nothing waits, or it fails at what no waiting mends."""
    os.environ[INSTALL_VARIABLE] = install
    with sole_agent(data):
        clock = DrainingClock(data, skew_s, deadline_s, hopeless)
        agent = Agent(data, clock=clock, connect=connect(_PATIENT_S))
        agent.run(at_once=True)


class ForkedOffice:
    """`yizhan-central serve` and `projector` in children of a process that has them loaded.

    One of them may be told to die at a step. They are started apart, as on a large office, so that
    each can die alone.
    """

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._pids: dict[str, int] = {}
        self._bell = -1

    def start(self, death: Death | None = None, file_bytes: int | None = None) -> None:
        """Start what does not run, and wait until it listens; `file_bytes` is how large any of its files may grow."""
        of_projector = death is not None and death.step in PROJECTOR
        if "projector" not in self._pids:
            ears, self._bell = os.pipe()
            job = partial(self._project, ears, death if of_projector else None, file_bytes)
            self._pids["projector"] = fork(job, self._log)
            os.close(ears)
        if "web" not in self._pids:
            job = partial(self._serve, None if of_projector else death, file_bytes)
            self._pids["web"] = fork(job, self._log)
        end = time.monotonic() + _START_S
        while not self._answers():
            code = poll(self._pids["web"])
            if code is not None or time.monotonic() > end:
                raise ProcessFailed(f"office did not start: {code}")
            time.sleep(0.005)

    def ended(self) -> dict[str, int]:
        """How those of its processes ended that did."""
        codes = {name: code for name, pid in self._pids.items() if (code := poll(pid)) is not None}
        for name in codes:
            del self._pids[name]
            self._hang_up(name)
        return codes

    def stop(self, how: signal.Signals = signal.SIGTERM) -> dict[str, int]:
        """End what still runs; how those ended that had ended before."""
        before = self.ended()
        for pid in self._pids.values():
            os.kill(pid, how)
        for name, pid in self._pids.items():
            wait(pid, 20)
            self._hang_up(name)
        self._pids.clear()
        return before

    def ring(self) -> None:
        """Wake the projector, as a web process beside it does."""
        if "projector" in self._pids:
            with suppress(BrokenPipeError):
                os.write(self._bell, b"\n")

    def _serve(self, death: Death | None, file_bytes: int | None) -> None:
        self._run(death, file_bytes, "serve", "--no-projector", "--port", str(self.port))

    def _project(self, ears: int, death: Death | None, file_bytes: int | None) -> None:
        os.close(self._bell)
        os.dup2(ears, 0)
        sys.stdin = os.fdopen(0)
        self._run(death, file_bytes, "projector", "--beside")

    def _run(self, death: Death | None, file_bytes: int | None, *arguments: str) -> None:
        from sync.central.__main__ import main

        if file_bytes is not None:
            limit_files(file_bytes)
        plant(death)
        command(main, *arguments)

    def _hang_up(self, name: str) -> None:
        if name == "projector":
            os.close(self._bell)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def command(main: Callable[[Sequence[str]], int], *arguments: str) -> None:
    """Run a program's main as its process would."""
    code = main(arguments)
    if code:
        sys.exit(code)


def limit_files(bytes_: int) -> None:
    """No file of this process grows beyond this: what a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))
