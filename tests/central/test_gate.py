"""Who is let in, who waits, and who is sent away before it costs anything."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import pytest
import uvicorn

from sync.central.connections import BoundedConnection
from sync.central.core.doors import api
from sync.central.core.doors.api import Door
from sync.central.core.doors.messages import Request, Response
from sync.central.gate import Gate
from sync.protocol import wire

WAIT_S = 60


class Visit:
    """One request to a gate, its body in pieces, and what came back."""

    def __init__(self, *pieces: bytes, length: int | None = None, path: str = "/api/v1/test") -> None:
        self._pieces = list(pieces)
        self.size = sum(map(len, pieces)) if length is None else length
        self.scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "client": ("10.0.0.1", 5),
            "headers": [(b"content-length", b"%d" % self.size)],
        }
        self.sent: list[MutableMapping[str, Any]] = []
        self.read = 0
        self.hangs_up = False
        self._more = asyncio.Event()

    def comes(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._more.set()

    async def receive(self) -> MutableMapping[str, Any]:
        if self._pieces:
            self.read += len(self._pieces[0])
            return {"type": "http.request", "body": self._pieces.pop(0), "more_body": self.read < self.size}
        if self.hangs_up:
            return {"type": "http.disconnect"}
        await self._more.wait()
        return await self.receive()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def code(self) -> str:
        return wire.decode(wire.Refusal, self.sent[1]["body"]).code


class Work:
    """A door behind which everybody stays until told to leave."""

    def __init__(self) -> None:
        self.leave = threading.Event()
        self.bodies: list[bytes] = []

    def __call__(self, request: Request) -> Response:
        self.bodies.append(request.body)
        if not self.leave.wait(WAIT_S):
            raise TimeoutError
        return Response(200, b"{}")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    work = Work()
    monkeypatch.setattr(api, "_DOORS", (Door("/api/v1/test", ("POST",), work, wire.MAX_BODY_BYTES),))
    yield work
    work.leave.set()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not is_so():
            await asyncio.sleep(0.005)


def run(story: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(WAIT_S):
            await story

    asyncio.run(bounded())


def answered(gate: Gate, visit: Visit) -> asyncio.Task[None]:
    return asyncio.create_task(gate.answer(visit.scope, visit.receive, visit.send))


def test_beyond_the_room_the_answer_is_busy_at_once_and_those_inside_are_served(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=1, files=1)
        inside = [Visit(b"1"), Visit(b"2")]
        tasks = [answered(gate, visit) for visit in inside]
        await until(lambda: len(work.bodies) == 1)
        late = [Visit(b"3") for _ in range(20)]
        for visit in late:
            await gate.answer(visit.scope, visit.receive, visit.send)
            assert (visit.status, visit.code) == (503, "busy")
        pauses = {int(visit.headers[b"Retry-After"]) for visit in late}
        assert 30 <= min(pauses) < max(pauses) <= 90
        assert not any(visit.sent for visit in inside)
        work.leave.set()
        await asyncio.gather(*tasks)
        assert [visit.status for visit in inside] == [200, 200]
        assert work.bodies == [b"1", b"2"]
        again = Visit(b"4")
        await gate.answer(again.scope, again.receive, again.send)
        assert again.status == 200

    run(story())


def test_a_long_body_is_not_read_where_there_is_no_room(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1)
        first = answered(gate, Visit(b"1"))
        await until(lambda: len(work.bodies) == 1)
        long = Visit(b"x" * 500_000, b"x" * 500_000)
        await gate.answer(long.scope, long.receive, long.send)
        assert (long.status, long.code, long.read) == (503, "busy", 0)
        assert long.headers[b"connection"] == b"close"
        work.leave.set()
        await first

    run(story())


def test_room_that_was_taken_while_the_body_came_is_no_room(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1)
        slow = Visit(b"1", length=2)
        waiting = answered(gate, slow)
        await until(lambda: slow.read == 1)
        first = answered(gate, Visit(b"x"))
        await until(lambda: len(work.bodies) == 1)
        slow.comes(b"2")
        await waiting
        assert slow.code == "busy"
        work.leave.set()
        await first

    run(story())


def test_a_body_that_dawdles_is_refused_and_takes_no_room(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1, body_s=0.05)
        slow = Visit(b"1", length=100)
        await gate.answer(slow.scope, slow.receive, slow.send)
        assert (slow.status, slow.code, slow.headers[b"connection"]) == (408, "slow", b"close")
        work.leave.set()
        good = Visit(b"1")
        await gate.answer(good.scope, good.receive, good.send)
        assert (good.status, work.bodies) == (200, [b"1"])

    run(story())


def test_one_that_hangs_up_is_neither_worked_for_nor_answered(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1)
        visit = Visit(b"1", length=100)
        visit.hangs_up = True
        await gate.answer(visit.scope, visit.receive, visit.send)
        assert (visit.sent, work.bodies) == ([], [])

    run(story())


def test_what_waited_too_long_is_not_worked_on(work: Work) -> None:
    async def story() -> None:
        visit = Visit(b"1")
        await Gate(threads=1, waiting=0, files=1, stale_s=-1).answer(visit.scope, visit.receive, visit.send)
        assert (visit.code, work.bodies) == ("busy", [])

    run(story())


def test_long_bodies_share_a_bounded_memory_and_short_ones_still_pass(work: Work) -> None:
    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1)
        held = [Visit(b"1", length=wire.MAX_BODY_BYTES) for _ in range(8)]
        tasks = [answered(gate, visit) for visit in held]
        await until(lambda: all(visit.read for visit in held))
        one_more = Visit(b"1", length=wire.MAX_BODY_BYTES)
        await gate.answer(one_more.scope, one_more.receive, one_more.send)
        assert (one_more.code, one_more.read) == ("busy", 0)
        work.leave.set()
        short = Visit(b"1")
        await gate.answer(short.scope, short.receive, short.send)
        assert short.status == 200
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert gate._large_bytes == 0

    run(story())


def test_pages_are_shown_where_stations_find_no_room(work: Work) -> None:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def story() -> None:
        gate = Gate(threads=1, waiting=0, files=1)
        first = answered(gate, Visit(b"1"))
        await until(lambda: len(work.bodies) == 1)
        browser = Visit(b"name=", b"clerk", path="/login/")
        await gate.show(page, browser.scope, browser.receive, browser.send, 1_000)
        assert (browser.status, browser.sent[1]["body"]) == (200, b"name=clerk")
        too_long = Visit(b"x" * 1_001, path="/login/")
        await gate.show(page, too_long.scope, too_long.receive, too_long.send, 1_000)
        assert too_long.status == 413
        work.leave.set()
        await first

    run(story())


class Impatient(BoundedConnection):
    head_s = 0.1


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers everything with 204, and waits a tenth of a second for a request's head."""
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(answer, http=Impatient, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)


def is_closed(line: socket.socket) -> bool:
    try:
        return line.recv(100) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_that_asks_nothing_is_closed(port: int, beginning: bytes) -> None:
    with connect(port) as line:
        line.sendall(beginning)
        assert is_closed(line)


def test_a_connection_may_ask_again_and_again(port: int) -> None:
    with connect(port) as line:
        for _ in range(3):
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(1_000).startswith(b"HTTP/1.1 204")


def test_connections_beyond_the_limit_are_closed_at_once(port: int, settings: Any) -> None:
    settings.YIZHAN_CONNECTIONS = 1
    with connect(port) as first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.recv(1_000)
        with connect(port) as second:
            assert is_closed(second)
        first.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.recv(1_000)
