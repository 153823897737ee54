"""The door: a Unix socket that root opens; who is not in the station's group is refused by the kernel's word."""

from __future__ import annotations

import logging
import os
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from .errors import HostError, HostRefused, HostUnknown
from .table import MAX_LINE_BYTES, MAX_REPLY_BYTES, AnyRequest, decode_request, encode_answer, encode_fault

_SO_PEERGROUPS: Final = 59      # asm-generic/socket.h; Python has no name for it
_CREDENTIALS: Final = struct.Struct("3i")
_MAX_GROUPS_BYTES: Final = 1024  # as much as Python reads; who is in more than 256 groups is none of ours
_IDLE_S: Final = 30.0           # so long a line may take to come, and an answer to be read
_MAX_VISITORS: Final = 8        # at once; others wait outside
_INHERITED: Final = 3           # the first socket systemd hands over
logger = logging.getLogger(__name__)


class Door:
    """Answers one line after the other, each visitor on a thread of its own."""

    def __init__(self, listener: socket.socket, group: int, do: Callable[[AnyRequest], msgspec.Struct]) -> None:
        self._listener = listener
        self._group = group
        self._do = do
        self._visitors = threading.BoundedSemaphore(_MAX_VISITORS)

    def serve(self) -> None:
        """Let in whoever comes, until the listener is closed."""
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            visitor.settimeout(_IDLE_S)
            self._visitors.acquire()
            threading.Thread(target=self._talk, args=(visitor,), daemon=True).start()

    def _talk(self, visitor: socket.socket) -> None:
        try:
            with visitor, suppress(OSError):
                is_member = may_enter(visitor, self._group)
                with visitor.makefile("rb") as lines:
                    # Read before it is refused: to hang up on unread words would be a cut line at the other end.
                    while line := lines.readline(MAX_LINE_BYTES + 1):
                        if not is_member:
                            fault = HostRefused()
                        elif not line.endswith(b"\n"):
                            fault = HostUnknown("line too long")
                        else:
                            _send(visitor, self._answer(line))
                            continue
                        _send(visitor, encode_fault(fault))
                        return
        finally:
            self._visitors.release()

    def _answer(self, line: bytes) -> bytes:
        try:
            request = decode_request(line)
            logger.info("host: %s", request)
            answer = encode_answer(self._do(request))
            if len(answer) > MAX_REPLY_BYTES:
                raise HostError("the answer is too long")
        except HostError as fault:
            logger.warning("host: %s", fault)
            return encode_fault(fault)
        except Exception as fault:
            # The edge: one row of the table that breaks must not take the others with it.
            logger.exception("host: unexpected fault")
            return encode_fault(HostError(type(fault).__name__))
        return answer


def may_enter(visitor: socket.socket, group: int) -> bool:
    """Whether root, or a member of the group, is at the other end; as it was when it connected."""
    size = _CREDENTIALS.size
    _, uid, gid = _CREDENTIALS.unpack(visitor.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    if uid == 0 or gid == group:
        return True
    packed = visitor.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MAX_GROUPS_BYTES)
    return group in struct.unpack(f"{len(packed) // 4}I", packed)


def listen(path: Path, group: int) -> socket.socket:
    """A socket of our own, open to the group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    os.chown(path, -1, group)
    path.chmod(0o660)
    listener.listen()
    return listener


def inherited() -> socket.socket | None:
    """The socket systemd opened for us, if it did."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=_INHERITED)


def _send(visitor: socket.socket, line: bytes) -> None:
    with suppress(OSError):
        visitor.sendall(line)
