"""The virtual scanner: real scanner bytes on a pseudo-terminal, told what to scan through a Unix socket.

    yizhan-scanner run --link data/scanner      a device path for the kiosk, until Ctrl-C
    yizhan-scanner scan YZ00042172              one scan
    yizhan-scanner unplug; yizhan-scanner plug  the cable

The socket takes one JSON line, `{"do": "scan", "hex": "…", "slow_ms": 0}`, and answers with one,
`{"taken": true}` or `{"error": "…", "code": "DEV-…"}`. Only its owner may use it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self, cast

from .errors import DeviceError, DeviceLost, SimulatorError
from .virtual_port import VirtualPort

Framing = Literal["crlf", "cr", "lf", "none"]
TERMINATORS: Final[dict[Framing, bytes]] = {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n", "none": b""}

_DEVICE: Final = "virtual-scanner"
_MAX_REQUEST_BYTES: Final = 256 * 1024
_MAX_SLOW_MS: Final = 10_000
_REQUEST_TIMEOUT_S: Final = 2.0
_STOP_CHECK_S: Final = 0.1
_ANSWER_TIMEOUT_S: Final = 120.0   # a slow scan answers when it is over


class Simulator:
    """A virtual scanner with its control socket; works between `with` and the end of its block."""

    def __init__(self, link: Path, socket_path: Path) -> None:
        self.link = link
        self.socket_path = socket_path
        self._port = VirtualPort(link, _DEVICE)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Plugs the scanner in and answers on the socket; raises SimulatorError."""
        self._server = _Server(self.socket_path, self)
        try:
            self._port.plug()
        except BaseException:
            self._server.server_close()
            raise
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_CHECK_S,), name=_DEVICE, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unplugs the scanner and takes its socket away."""
        self._port.unplug()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def scan(self, code: str | bytes, framing: Framing = "crlf", slow_ms: float = 0) -> bool:
        """Sends one scan as a scanner does; whether somebody read it. Raises DeviceLost if unplugged."""
        return self._send(frame_of(code, framing), slow_ms)

    def unplug(self) -> None:
        """Pulls the cable, in the middle of a scan too."""
        self._port.unplug()

    def plug(self) -> None:
        """Puts the cable back."""
        self._port.plug()

    def answer(self, request: bytes) -> dict[str, object]:
        """Does what one line from the socket asks; never raises."""
        try:
            return self._obey(json.loads(request))
        except DeviceError as error:
            return {"error": error.detail, "code": error.code}
        except (ValueError, TypeError, KeyError, RecursionError):
            return {"error": "this is no request"}

    def _obey(self, request: dict[str, Any]) -> dict[str, object]:
        match request["do"]:
            case "scan":
                return {"taken": self._send(bytes.fromhex(request["hex"]), float(request["slow_ms"]))}
            case "unplug":
                self._port.unplug()
            case "plug":
                self._port.plug()
            case _:
                return {"error": "this is no request"}
        return {"taken": True}

    def _send(self, data: bytes, slow_ms: float) -> bool:
        return self._port.write(data, min(max(0.0, slow_ms), _MAX_SLOW_MS)) and self._port.is_taken()


class _Request(socketserver.StreamRequestHandler):
    """One line in, one line out."""

    timeout = _REQUEST_TIMEOUT_S

    def handle(self) -> None:
        """Answers; a caller that goes away early is nobody's trouble."""
        try:
            line = self.rfile.readline(_MAX_REQUEST_BYTES)
            answer = cast("_Server", self.server).simulator.answer(line)
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except OSError:
            pass


class _Server(socketserver.ThreadingUnixStreamServer):
    """The control socket, for its owner only."""

    def __init__(self, path: Path, simulator: Simulator) -> None:
        self.simulator = simulator
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._clear_path()
            super().__init__(str(path), _Request)
        except OSError as cause:
            raise SimulatorError(_DEVICE, f"{path}: {cause}") from cause

    def server_bind(self) -> None:
        """Binds and shuts everybody else out; nobody can connect before it listens."""
        super().server_bind()
        self._path.chmod(0o600)

    def server_close(self) -> None:
        """Closes and removes the socket."""
        super().server_close()
        self._path.unlink(missing_ok=True)

    def _clear_path(self) -> None:
        """Removes what a killed simulator left behind; raises SimulatorError if one is alive there."""
        if not self._path.is_socket():
            if self._path.exists():
                raise SimulatorError(_DEVICE, f"{self._path} exists and is no socket")
            return
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_REQUEST_TIMEOUT_S)
            try:
                probe.connect(str(self._path))
            except ConnectionRefusedError:
                self._path.unlink(missing_ok=True)
                return
        raise SimulatorError(_DEVICE, f"another one already answers at {self._path}")


def frame_of(code: str | bytes, framing: Framing = "crlf") -> bytes:
    """A code as it comes down the line; text as UTF-8."""
    return (code.encode() if isinstance(code, str) else code) + TERMINATORS[framing]


def send(socket_path: Path, code: str | bytes, framing: Framing = "crlf", slow_ms: float = 0) -> bool:
    """Lets the simulator at `socket_path` scan; whether somebody read it.

    Raises SimulatorError if none answers, DeviceLost if it is unplugged.
    """
    return _ask(socket_path, {"do": "scan", "hex": frame_of(code, framing).hex(), "slow_ms": slow_ms})


def find_socket_path() -> Path:
    """Where the control socket is: YIZHAN_SCANNER_SOCKET, else `scanner.sock` in YIZHAN_DATA or ./data."""
    path = os.environ.get("YIZHAN_SCANNER_SOCKET")
    return Path(path) if path else Path(os.environ.get("YIZHAN_DATA") or "data") / "scanner.sock"


def main(arguments: Sequence[str] | None = None) -> int:
    """`yizhan-scanner`: 0 done, 1 nobody read the scan, 2 not possible."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options) if options.do == "run" else _tell(options)
    except DeviceError as error:
        sys.stderr.write(f"yizhan-scanner: {error.code}: {error.detail}; {error.next_step}\n")
    except ValueError as error:
        sys.stderr.write(f"yizhan-scanner: {error}\n")
    return 2


def _ask(socket_path: Path, request: dict[str, object]) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ANSWER_TIMEOUT_S)
            line.connect(str(socket_path))
            line.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(line.makefile("rb").readline(_MAX_REQUEST_BYTES))
    except FileNotFoundError as cause:
        raise SimulatorError(_DEVICE, f"none runs at {socket_path}") from cause
    except (OSError, ValueError) as cause:
        raise SimulatorError(_DEVICE, f"none answers at {socket_path}: {cause}") from cause
    if "error" in answer:
        kind = DeviceLost if answer.get("code") == DeviceLost.code else SimulatorError
        raise kind(_DEVICE, str(answer["error"]))
    return bool(answer["taken"])


def _run(options: argparse.Namespace) -> int:
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)     # before there are other threads, which inherit it
    with Simulator(options.link, options.socket):
        sys.stdout.write(f"virtual scanner on {options.link}, control socket {options.socket}\n")
        sys.stdout.flush()
        signal.sigwait(stops)
    return 0


def _tell(options: argparse.Namespace) -> int:
    if options.do != "scan":
        _ask(options.socket, {"do": options.do})
        sys.stdout.write(f"{options.do}: done\n")
        return 0
    if options.raw_hex:
        is_taken = send(options.socket, bytes.fromhex("".join(options.code)), "none", options.slow_ms)
    else:
        is_taken = send(options.socket, " ".join(options.code), options.framing, options.slow_ms)
    if is_taken:
        sys.stdout.write("scanned, and read by the kiosk\n")
        return 0
    sys.stderr.write("yizhan-scanner: sent, but no program reads the scanner\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan-scanner", description="A virtual barcode scanner.")
    commands = parser.add_subparsers(dest="do", metavar="COMMAND", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--socket", type=Path, default=find_socket_path(), help="control socket (default: %(default)s)")
    run = commands.add_parser("run", parents=[shared], help="be a scanner until Ctrl-C")
    run.add_argument("--link", type=Path, required=True, help="device path to offer to the kiosk")
    scan = commands.add_parser("scan", parents=[shared], help="scan one code")
    scan.add_argument("code", metavar="CODE", nargs="+", help="as it is printed: YZ 0000001-X")
    scan.add_argument("--framing", choices=[*TERMINATORS], default="crlf", help="end of the frame (default: crlf)")
    scan.add_argument("--slow-ms", type=float, default=0, metavar="N", help="pause between two bytes")
    scan.add_argument("--raw-hex", action="store_true", help="CODE is hex, sent as it is, without an end")
    commands.add_parser("unplug", parents=[shared], help="pull the cable")
    commands.add_parser("plug", parents=[shared], help="put the cable back")
    return parser


if __name__ == "__main__":
    sys.exit(main())
