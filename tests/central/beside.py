"""Programs that a forked office starts beside itself, forked as well.

`serve` starts its projector with `subprocess.Popen`. In a forked office that call is answered by a process that was
forked with it and has no threads: it has loaded what the program needs, and forks one that runs the same `main`.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Final

from tests.mortal import die_with_parent

OURS: Final = [sys.executable, "-m", "sync.central"]
_WORDS: Final = 4_096


def fork_what_is_started(main: Callable[[Sequence[str]], int]) -> Callable[[], None]:
    """From now on, our own programs that this process starts are forked; call what is returned at the end."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        near.close()
        _fork_as_told(far, main)
    far.close()
    starts: Any = subprocess.Popen

    def start(command: Sequence[str], **given: Any) -> Any:
        if list(command[:3]) != OURS:
            return starts(command, **given)
        return ForkedProgram(near, command[3:])

    subprocess.Popen = start    # pyright: ignore[reportAttributeAccessIssue]

    def end() -> None:
        near.close()
        os.waitpid(pid, 0)

    return end


class ForkedProgram:
    """The part of `subprocess.Popen` that the office uses, with a pipe to the program's standard input."""

    def __init__(self, line: socket.socket, arguments: Sequence[str]) -> None:
        (its_input, ours), (self._ending, its_ending) = os.pipe(), os.pipe()
        socket.send_fds(line, ["\0".join(arguments).encode()], [its_input, its_ending])
        os.close(its_input)
        os.close(its_ending)
        self.pid = int(line.recv(_WORDS))
        self.returncode: int | None = None
        self.stdin: BinaryIO = open(ours, "wb", buffering=0)  # noqa: PTH123, SIM115

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, at last; raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(OURS, timeout or 0)
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], timeout)[0]:
            self.returncode = int(os.read(self._ending, _WORDS))
            os.close(self._ending)
        return self.returncode


def _fork_as_told(line: socket.socket, main: Callable[[Sequence[str]], int]) -> None:
    """Until the office is no more."""
    die_with_parent()
    running: dict[int, int] = {}
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        if ended in select.select([line, ended], [], [])[0]:
            os.read(ended, _WORDS)
            while running and (found := os.waitpid(-1, os.WNOHANG))[0]:
                ending = running.pop(found[0])
                os.write(ending, str(os.waitstatus_to_exitcode(found[1])).encode())
                os.close(ending)
            continue
        words, handles, _, _ = socket.recv_fds(line, _WORDS, 2)
        if not handles:
            os._exit(0)
        its_input, its_ending = handles
        if not (pid := os.fork()):
            _run(line, its_input, its_ending, words.decode().split("\0"), main)
        os.close(its_input)
        running[pid] = its_ending
        line.send(str(pid).encode())


def _run(
    line: socket.socket, its_input: int, its_ending: int, arguments: list[str], main: Callable[[Sequence[str]], int]
) -> None:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        line.close()
        os.dup2(its_input, 0)
        os.close(its_input)
        os.close(its_ending)
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001  # as an interpreter does that ends so
        sys.excepthook(*sys.exc_info())  # pyright: ignore[reportArgumentType]
    finally:
        sys.stderr.flush()
        os._exit(code)
