"""A real HTTP server on loopback that answers whatever bytes it is told to."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import NamedTuple


class Request(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class RawOffice:
    """Gives one answer a connection, the last one for ever; use as a context manager."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> RawOffice:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._server.join(5)

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            with visitor, contextlib.suppress(OSError):
                visitor.settimeout(5)
                self.requests.append(_read(visitor))
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                visitor.sendall(answer)


def _read(visitor: socket.socket) -> Request:
    with visitor.makefile("rb") as file:
        path = file.readline().decode().split(" ")[1]
        headers: dict[str, str] = {}
        while line := file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Request(path, headers, file.read(int(headers.get("content-length", "0"))))


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP answer."""
    fields = {"Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body
