"""A cable between station and office that can be cut, and that can swallow answers.

`python -m tests.relay PORT HOST TARGET` is one between namespaces, that only passes.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from types import TracebackType

_CONNECT_S = 30     # over a bad line the first packets may be lost a few times


class Relay:
    """Passes TCP connections on loopback to another port; use as a context manager.

    `cut` ends every connection and refuses new ones until `restore`. With `swallow_replies(n)` the
    next n answers are read from the office to their end and never reach the station.
    """

    def __init__(self, target_port: int, *, target_host: str = "127.0.0.1", port: int = 0) -> None:
        self._target = target_host, target_port
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.swallowed = 0
        self._swallow = 0
        self._is_cut = False
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Relay:
        self._acceptor.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            # Closing alone does not wake a thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(5)

    def cut(self) -> None:
        """Pull the cable out."""
        with self._guard:
            self._is_cut = True
            ends, self._open = self._open, set()
        for end in ends:
            _end(end)

    def restore(self) -> None:
        """Put it back."""
        self._is_cut = False

    def swallow_replies(self, count: int = 1) -> None:
        """Lose the next answers after the office gave them."""
        with self._guard:
            self._swallow = count

    def _accept(self) -> None:
        while True:
            try:
                station, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                _end(station)
                continue
            try:
                office = socket.create_connection(self._target, _CONNECT_S)
                office.settimeout(None)
            except OSError:
                _end(station)
                continue
            with self._guard:
                self._open |= {station, office}
            threading.Thread(target=self._pass, args=(station, office), daemon=True).start()
            threading.Thread(target=self._answer, args=(office, station), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        _end(source)
        _end(sink)

    def _answer(self, office: socket.socket, station: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := office.recv(65_536):
                with self._guard:
                    swallow = self._swallow > 0
                    self._swallow -= swallow
                if swallow:
                    # The first bytes of an answer come after the office committed.
                    self.swallowed += 1
                    break
                station.sendall(data)
        _end(office)
        _end(station)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def main() -> None:
    """Pass connections until killed."""
    port, host, target_port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with Relay(target_port, target_host=host, port=port):
        threading.Event().wait()


if __name__ == "__main__":
    main()
