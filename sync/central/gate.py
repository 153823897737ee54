"""Who may come in, before it costs anything: bodies bounded in length and time, work bounded in number.

A station's request passes its door, the length of its body, whether there is room, and the body
within its time; only then a thread, and with it the database, takes part.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.db import connection

from sync.central.core.doors.api import answer, find_door
from sync.central.core.doors.messages import FilePart, Request, Response, refusal
from sync.central.core.refusals import Refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# A station gives up after 30 s of silence: what waited that long would be done for nobody.
_STALE_S: Final = 20.0
_BODY_S: Final = 60.0
_DISCARD_S: Final = 5.0
_CHUNK_BYTES: Final = 256 * 1024
_CHUNK_S: Final = 120.0     # slower is as good as gone; a station resumes
_SMALL_BYTES: Final = 64 * 1024
_MAX_LARGE_BYTES: Final = 64 * 1024 * 1024      # of all larger bodies in memory


class _Gone(Exception):
    """Whoever asked has hung up."""


class Gate:
    """A few threads that keep their database connection, and a short queue before them.

    Lives in the event loop; beyond the queue the answer is an immediate `busy`.
    """

    def __init__(
        self,
        threads: int,
        waiting: int,
        files: int,
        *,
        body_s: float = _BODY_S,
        stale_s: float = _STALE_S,
        chunk_s: float = _CHUNK_S,
    ) -> None:
        self._most = threads + waiting
        self._most_files = files
        self._chunk_s = chunk_s
        self._inside = 0
        self._files = 0
        self._large_bytes = 0
        self._body_s = body_s
        self._stale_s = stale_s
        self._threads = ThreadPoolExecutor(threads, "station", initializer=_keep_connection)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of a station, from its first header to the last byte of its answer."""
        length = _length_of(scope)
        try:
            door = find_door(scope["method"], scope["path"], length)
            if self._inside >= self._most:
                raise Refused("busy")
            with self._memory_for(length or 0):
                request = _request(scope, await self._read(receive))
                response = await self._work(partial(answer, door, request))
            await self._hand_over(send, response)
        except Refused as fault:
            await _refuse(send, receive, fault.reason, length)
        except _Gone:
            pass

    async def show(self, page: Application, scope: Scope, receive: Receive, send: Send, limit_bytes: int) -> None:
        """Have Django answer a request that is whole: it would spool any body to disk, and wait for it for ever."""
        length = _length_of(scope)
        try:
            if length is None or length > limit_bytes:
                raise Refused("length" if length is None else "too-large")
            with self._memory_for(length):
                await page(scope, _replayed(await self._read(receive), receive), send)
        except Refused as fault:
            await _refuse(send, receive, fault.reason, length)
        except _Gone:
            pass

    @contextmanager
    def _memory_for(self, length: int) -> Generator[None, None, None]:
        """Room for a body until it is done with; short ones always have it, or a few long ones could keep all out."""
        large_bytes = length if length > _SMALL_BYTES else 0
        if self._large_bytes + large_bytes > _MAX_LARGE_BYTES:
            raise Refused("busy")
        self._large_bytes += large_bytes
        try:
            yield
        finally:
            self._large_bytes -= large_bytes

    async def _read(self, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self._body_s):
                return b"".join([chunk async for chunk in _chunks(receive)])
        except TimeoutError as cause:
            raise Refused("slow") from cause

    async def _work(self, work: Callable[[], Response]) -> Response:
        """Have a thread do it, unless the room was taken while the body came."""
        if self._inside >= self._most:
            return refusal("busy")
        self._inside += 1
        task = asyncio.get_running_loop().run_in_executor(self._threads, _run, work, time.monotonic() + self._stale_s)
        # Counted until the thread is through, even if the one who asked has gone.
        task.add_done_callback(self._leave)
        return await task

    async def _hand_over(self, send: Send, response: Response) -> None:
        """Send an answer; only so many files at a time, for they may take hours."""
        if not isinstance(response.body, FilePart):
            await _send(send, response)
        elif self._files >= self._most_files:
            await _send(send, refusal("busy"))
        else:
            self._files += 1
            try:
                await _send(send, response, self._chunk_s)
            finally:
                self._files -= 1

    def _leave(self, _task: asyncio.Future[Response]) -> None:
        self._inside -= 1


def _keep_connection() -> None:
    # This thread's own copy of the settings: a page's connection ends with the page.
    connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}


def _run(work: Callable[[], Response], until: float) -> Response:
    if time.monotonic() > until:
        return refusal("busy")
    try:
        return work()
    finally:
        connection.close_if_unusable_or_obsolete()


def _length_of(scope: Scope) -> int | None:
    """Bytes of the body; None if nobody can tell before it is read."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    return int(headers.get(b"content-length", b"0"))    # digits: the server has checked it


def _request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    visitor = scope["client"][0] if scope["client"] else ""
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body, visitor)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What hands on a body that has been read, then what comes after it."""
    rest = [body]

    async def replay() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": rest.pop()} if rest else await receive()

    return replay


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        has_more = message.get("more_body", False)


async def _refuse(send: Send, receive: Receive, reason: str, length: int | None) -> None:
    # A short body is read away first, or the answer could be lost with the connection.
    is_read = length is not None and length <= _SMALL_BYTES and reason != "slow" and await _is_discarded(receive)
    await _send(send, refusal(reason), is_last=not is_read)


async def _is_discarded(receive: Receive) -> bool:
    """Read a short body away; False if it does not come."""
    try:
        async with asyncio.timeout(_DISCARD_S):
            async for _ in _chunks(receive):
                pass
    except (TimeoutError, _Gone):
        return False
    return True


async def _send(send: Send, response: Response, chunk_s: float = _CHUNK_S, *, is_last: bool = False) -> None:
    """Send an answer; the connection ends after the last one, and when a file is taken too slowly."""
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    if response.status != 304:
        headers += [(b"content-type", response.content_type.encode()), (b"content-length", b"%d" % response.size)]
    if is_last:
        headers.append((b"connection", b"close"))
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    if isinstance(response.body, FilePart):
        await _send_file(send, start, response.body, chunk_s)
    else:
        await send(start)
        await send({"type": "http.response.body", "body": response.body})


async def _send_file(send: Send, start: MutableMapping[str, Any], part: FilePart, chunk_s: float) -> None:
    try:
        file = await asyncio.to_thread(part.path.open, "rb")
    except OSError:
        await _send(send, refusal("not-found"))     # deleted since it was found
        return
    with file:
        await send(start)
        file.seek(part.start)
        rest = part.size
        while rest > 0 and (chunk := await asyncio.to_thread(file.read, min(rest, _CHUNK_BYTES))):
            rest -= len(chunk)
            async with asyncio.timeout(chunk_s):
                await send({"type": "http.response.body", "body": chunk, "more_body": rest > 0})
