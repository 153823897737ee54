"""A line between stations and the office that fails as its weather says. HTTP-aware, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tests.sync.station.raw_office import answer

from .weather import FAIR, Fault, Weather

_OFFICE_S: Final = 20.0
_HELD_S: Final = 20.0
_PORTAL: Final = "<!doctype html><html><title>免费上网</title><body>请登录</body></html>".encode()
_HTML: Final = {"Content_Type": "text/html; charset=utf-8"}
_NDJSON: Final = {"Content_Type": "application/x-ndjson"}


class Passage(NamedTuple):
    """What became of one request: the fault it met, and the office's status, 0 if the office gave none."""

    line: str
    number: int
    fault: str
    status: int


class _Message(NamedTuple):
    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.body


def _given(fault: Fault) -> bytes | None:
    """The answer that somebody on the way gives in place of the office; None if nobody does."""
    wait = {"Retry_After": str(int(fault.amount))}
    given: dict[str, Callable[[], bytes]] = {
        "portal-200": lambda: answer(200, _PORTAL, **_HTML),
        "portal-302": lambda: answer(302, b"", Location="http://portal.invalid/login"),
        "portal-511": lambda: answer(511, _PORTAL, **_HTML),
        "firewall-403": lambda: answer(403, b"<html>blocked</html>", **_HTML),
        "busy-429": lambda: answer(429, b""),
        "busy-429-retry-after": lambda: answer(429, b"", **wait),
        "busy-503": lambda: answer(503, b"<html>busy</html>", **_HTML),
        "busy-503-retry-after": lambda: answer(503, b"", **wait),
        "gateway-502": lambda: answer(502, b"<html>bad gateway</html>", **_HTML),
        "timeout-408": lambda: answer(408, b""),
        "garbage-gzip": lambda: answer(200, bytes(range(256)), **_NDJSON),
        "garbage-json": lambda: answer(200, gzip.compress(b'{"head":"x"}\n[1,2\n\xff\n'), **_NDJSON),
    }
    make = given.get(fault.name)
    return make() if make else None


class Line:
    """One station's way to the office: numbers its requests, and holds back those that come late."""

    def __init__(self, name: str, weather: Weather, office: Callable[[], int], heals: Callable[[], bool]) -> None:
        self.name = name
        self.weather = weather
        self._office = office
        self._heals = heals
        self._number = 0
        self._late: list[tuple[int, bytes]] = []
        self.passages: list[Passage] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the station, request by request."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            while True:
                request = await _read(reader)
                self._number += 1
                number = self._number
                fault = FAIR if self._heals() else self.weather.fault_of(number)
                reply, status = await self._pass(request, fault, number, reader)
                self.passages.append(Passage(self.name, number, fault.name, status))
                if reply:
                    writer.write(reply)
                    await writer.drain()
                await self._deliver_late(number)
                if reply is None or fault.name == "half-reply":
                    break
        # Abort, so that the station sees a cut line and not an orderly end.
        writer.transport.abort()

    async def _pass(
        self, request: _Message, fault: Fault, number: int, reader: asyncio.StreamReader
    ) -> tuple[bytes | None, int]:
        """What the station gets to hear, None for a cut; and the office's status."""
        given = _given(fault)
        if given is not None:
            return given, 0
        sent = _spoiled_request(request, fault)
        match fault.name:
            case "cut-before-office":
                return None, 0
            case "half-request":
                await self._tell(request.raw[: int(len(request.raw) * fault.amount)], whole=False)
                return None, 0
            case "up-cut":
                await _until_given_up(reader)
                return None, 0
            case "too-large-413" if len(request.body) > fault.amount:
                return answer(413, b"<html>too large</html>", **_HTML), 0
            case "late":
                self._late.append((number + int(fault.amount), request.raw))
                return None, 0
            case "late-copy":
                self._late.append((number + int(fault.amount), request.raw))
            case "slow":
                await asyncio.sleep(fault.amount)
            case _:
                pass
        reply = await self._tell(sent.raw)
        if reply is None:
            return None, 0
        return await self._give_back(request, reply, fault, reader)

    async def _give_back(
        self, request: _Message, reply: _Message, fault: Fault, reader: asyncio.StreamReader
    ) -> tuple[bytes | None, int]:
        status = _status_of(reply)
        match fault.name:
            case "reply-lost":
                return None, status
            case "down-cut":
                await _until_given_up(reader)
                return None, status
            case "half-reply":
                return reply.raw[: max(1, int(len(reply.raw) * fault.amount))], status
            case "repeated" | "repeated-second":
                again = await self._tell(request.raw)
                if fault.name == "repeated-second":
                    return (again.raw, status) if again else (None, status)
            case "slow":
                await asyncio.sleep(fault.amount)
            case "bit-rot-down" if b"x-ndjson" in reply.head:
                # Only what has a check sum of its own: for the rest TLS is there.
                return reply.head + _bit_turned(reply.body, fault.amount), status
            case _:
                pass
        return reply.raw, status

    async def _deliver_late(self, number: int) -> None:
        due = [raw for at, raw in self._late if at <= number or self._heals()]
        self._late = [(at, raw) for at, raw in self._late if at > number and not self._heals()]
        for raw in due:
            reply = await self._tell(raw)
            self.passages.append(Passage(self.name, number, "told-late", _status_of(reply) if reply else 0))

    async def _tell(self, raw: bytes, *, whole: bool = True) -> _Message | None:
        """Bytes to the office; its answer, None if there is none."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._office(), limit=2**20)
        except OSError:
            return None
        try:
            writer.write(raw)
            await writer.drain()
            return await asyncio.wait_for(_read(reader), _OFFICE_S) if whole else None
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return None
        finally:
            writer.transport.abort() if not whole else writer.close()


class FaultProxy:
    """All lines of a run in one event loop; each has a port of its own."""

    def __init__(self, office: Callable[[], int], heals: Callable[[], bool] = lambda: False) -> None:
        self._office = office
        self._heals = heals
        self.lines: dict[str, Line] = {}

    async def open(self, name: str, weather: Weather, port: int = 0) -> int:
        """Start a line; its port."""
        line = self.lines[name] = Line(name, weather, self._office, self._heals)
        server = await asyncio.start_server(line.serve, "127.0.0.1", port, limit=2**20)
        return int(server.sockets[0].getsockname()[1])

    @property
    def passages(self) -> list[Passage]:
        """Everything that passed, line by line."""
        return [passage for line in self.lines.values() for passage in line.passages]


async def _read(reader: asyncio.StreamReader) -> _Message:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = _fields(head)
    if "chunked" in fields.get("transfer-encoding", ""):
        body = bytearray()
        while not body.endswith(b"0\r\n\r\n"):
            body += await reader.readuntil(b"\r\n")
        return _Message(head, bytes(body))
    return _Message(head, await reader.readexactly(int(fields.get("content-length", "0"))))


def _fields(head: bytes) -> Mapping[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.strip().lower(): value.strip().lower() for name, _, value in (line.partition(":") for line in lines)}


def _status_of(reply: _Message) -> int:
    return int(reply.head.split(b" ", 2)[1])


def _spoiled_request(request: _Message, fault: Fault) -> _Message:
    if fault.name != "bit-rot-up" or b"x-ndjson" not in request.head:
        return request
    return _Message(request.head, _bit_turned(request.body, fault.amount))


def _bit_turned(body: bytes, share: float) -> bytes:
    if not body:
        return body
    place = min(int(len(body) * share), len(body) - 1)
    return body[:place] + bytes([body[place] ^ 0x10]) + body[place + 1 :]


async def _until_given_up(reader: asyncio.StreamReader) -> None:
    """Wait until the station hangs up."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1), _HELD_S)
