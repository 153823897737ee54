"""The call page, served to one browser on this machine: its files, and one WebSocket to talk with it.

The address has a token of the call's own; whoever has not got it, or calls this machine by another name, finds nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

import sync.protocol

from .errors import WindowCrashed

log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
_PAGE: Final = Path(__file__).parent / "page"
_SHARED: Final = Path(sync.protocol.__file__).parent / "page"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".ttf": "font/ttf", ".otf": "font/otf",
}
_MOST_BYTES: Final = 64 * 1024      # of one thing said


class Found(msgspec.Struct, frozen=True):
    """What the page of the self-test saw; empty names of faults are none."""

    camera: str = ""        # the browser's name of what was wrong with it
    microphone: str = ""
    frames: int = 0         # of the camera, encoded
    height: int = 0
    loudest: float = 0.0    # of the microphone, root mean square, 0 to 1
    decoded: int = 0        # frames that came back over a connection of the page with itself
    relays: int = 0         # addresses that relay servers gave
    relay_fault: str = ""   # the last server's number and words, where there were none


class Said(msgspec.Struct, frozen=True):
    """What the page says; `kind` tells which of the rest is meant."""

    kind: str           # hello, ready, phase, ended, failed, touched, leave, watch, beat, tried
    phase: str = ""     # mirror, asking, queue, ring, call, reconnecting, ended
    ending: str = ""
    code: str = ""
    talk: str = ""
    box: tuple[int, int, int, int] = (0, 0, 0, 0)     # where the talk may be shown: left, top, width, height
    n: int = 0          # of the beat that is answered
    frames: int = 0     # decoded so far of the doctor's picture
    found: Found | None = None


class CallPage:
    """Serves one call's page; `heard` is called on a thread of its own with what it says, None when it is gone."""

    def __init__(self, heard: Callable[[Said | None], object], *, office: str, files: Mapping[str, Path]) -> None:
        self._heard = heard
        self._office = office
        self._files = {
            **{path.name: path for path in _PAGE.iterdir() if path.suffix in _TYPES},
            "": _PAGE / "index.html", "call.js": _SHARED / "call.js", **files,
        }
        self._token = secrets.token_urlsafe(24)
        self._server: Server | None = None
        self._line: ServerConnection | None = None
        self._sending = threading.Lock()
        self.origin = ""

    @property
    def url(self) -> str:
        """The page's address."""
        return f"{self.origin}/{self._token}/"

    def open(self, port: int) -> None:
        """Begin to serve, on any port if it is 0; raises WindowCrashed if the port is taken."""
        try:
            # Pings would be a second heartbeat, and a slower one.
            self._server = server = serve(
                self._talk, HOST, port, process_request=self._answer, compression=None, server_header=None,
                ping_interval=None, max_size=_MOST_BYTES, close_timeout=1, logger=_quiet(),
            )
        except OSError as cause:
            raise WindowCrashed(f"port {port}: {cause.strerror}") from cause
        self.origin = f"http://{HOST}:{server.socket.getsockname()[1]}"
        threading.Thread(target=server.serve_forever, name="call-page", daemon=True).start()

    def say(self, kind: str, **fields: Any) -> bool:     # JSON's values  # noqa: ANN401
        """Say something to the page; False if it is not there."""
        line = self._line
        if line is None:
            return False
        try:
            with self._sending:
                line.send(msgspec.json.encode({"kind": kind, **fields}).decode())
        except (ConnectionClosed, OSError):
            return False
        return True

    def close(self) -> None:
        """Serve no more."""
        server, self._server = self._server, None
        if server is None:
            return
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.socket.close()     # the page may hang: nobody waits for its goodbye
        server.shutdown()

    def _answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        port = self.origin.rpartition(":")[2]
        name, _, query = request.path.partition("?")
        _, token, *rest = name.split("/", 2) if name.count("/") >= 2 else ("", "", "?")
        is_ours = request.headers.get_all("Host") == [f"{HOST}:{port}"]
        if query or not is_ours or not secrets.compare_digest(token.encode(), self._token.encode()):
            return self._response(HTTPStatus.NOT_FOUND)
        if rest == ["line"]:
            if request.headers.get("Origin") != self.origin or self._line is not None:
                return self._response(HTTPStatus.FORBIDDEN)
            return None
        path = self._files.get(rest[0])
        if path is None:
            return self._response(HTTPStatus.NOT_FOUND)
        try:
            return self._response(HTTPStatus.OK, path.read_bytes(), _TYPES[path.suffix])
        except OSError:
            log.exception("the call page is incomplete")
            return self._response(HTTPStatus.NOT_FOUND)

    def _response(self, status: HTTPStatus, body: bytes = b"", media_type: str = "text/plain") -> Response:
        loopback = self.origin.replace("http://", "ws://")
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; media-src 'self' blob:; "
            f"connect-src {loopback} {self._office}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Type": media_type, "Content-Length": str(len(body)), "Connection": "close",
            "Content-Security-Policy": policy, "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return Response(status.value, status.phrase, Headers(headers), body)

    def _talk(self, line: ServerConnection) -> None:
        """The page's own thread, for as long as it is there."""
        self._line = line
        try:
            for message in line:
                try:
                    said = msgspec.json.decode(message, type=Said)
                except msgspec.MsgspecError:
                    log.warning("the call page said what nobody understands")
                    continue
                self._heard(said)
        except (ConnectionClosed, OSError):
            pass
        finally:
            self._heard(None)


def _quiet() -> logging.Logger:
    """The library tells of every connection; what matters is told by us."""
    logger = logging.getLogger(f"{__name__}.websockets")
    logger.setLevel(logging.CRITICAL)
    return logger
