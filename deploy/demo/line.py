"""The line between station and office: a loopback relay that can be cut and mended."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Final

_CHUNK: Final = 65_536


class Line:
    """Carries bytes from its own port to the office's, until it is cut."""

    def __init__(self, office_port: int) -> None:
        self.port = 0
        self._office_port = office_port
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.mend()

    def mend(self) -> None:
        """Carry again, on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="line", daemon=True).start()

    def cut(self) -> None:
        """Break what is under way in the middle, and refuse what comes."""
        with self._lock:
            cut_now = [*self._ends, *([self._listener] if self._listener else [])]
            self._listener = None
        for end in cut_now:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes whoever waits on it; close alone does not

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):    # shut down: cut
            while True:
                near, _address = listener.accept()
                threading.Thread(target=self._carry, args=(listener, near), name="line", daemon=True).start()

    def _carry(self, listener: socket.socket, near: socket.socket) -> None:
        office = ("127.0.0.1", self._office_port)
        with near, contextlib.suppress(OSError), socket.create_connection(office) as far:
            with self._lock:
                if self._listener is not listener:
                    return
                self._ends |= {near, far}
            try:
                _exchange(near, far)
            finally:
                with self._lock:
                    self._ends -= {near, far}


def _exchange(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until either end is done."""
    other = {near: far, far: near}
    while True:
        for source in select.select([near, far], [], [])[0]:
            chunk = source.recv(_CHUNK)
            if not chunk:
                return
            other[source].sendall(chunk)
