"""One WebSocket: bounded in what it takes in, and never waited for by whoever tells it something."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from sync.protocol.calls import SIGNALS_PER_S

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BAD_TOKEN: Final = 4401
FORBIDDEN: Final = 4403
NO_SUCH_CALL: Final = 4404
REPLACED: Final = 4409
TOO_MUCH: Final = 4429
UNREADABLE: Final = 4400
DONE: Final = 1000
AGAIN: Final = 1013

SILENT_S: Final = 10.0      # the server's ping, and its patience with the answer
_BURST: Final = 2 * SIGNALS_PER_S
_MOST_UNSENT: Final = 1_000
_MOST_UNSENT_BYTES: Final = 4 * 1024 * 1024
_encoder: Final = msgspec.json.Encoder()


class Line:
    """One WebSocket that was accepted."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._bell = asyncio.Event()
        self._code: int | None = None
        self._allowance = float(_BURST)
        self._heard_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long nothing was heard, as far as that matters: a line that is silent for longer is found dead."""
        return min(SILENT_S, time.monotonic() - self._heard_at)

    def tell(self, message: msgspec.Struct) -> None:
        """Say something, soon; whoever does not listen is closed."""
        if self._code is not None:
            return
        encoded = _encoder.encode(message)
        self._unsent.append(encoded)
        self._unsent_bytes += len(encoded)
        if len(self._unsent) > _MOST_UNSENT or self._unsent_bytes > _MOST_UNSENT_BYTES:
            self._unsent.clear()
            self.close(TOO_MUCH)
        self._bell.set()

    def close(self, code: int) -> None:
        """End it, after what was said before."""
        if self._code is None:
            self._code = code
            self._bell.set()

    async def heard(self) -> AsyncIterator[bytes]:
        """What comes, until the line ends; who says too much is closed."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return
            text = message.get("text")
            if text is None or not self._may_speak():
                self.close(UNREADABLE if text is None else TOO_MUCH)
                continue
            if self._code is None:
                yield text.encode()

    async def first(self, within_s: float) -> bytes | None:
        """The first message, None if it does not come in time."""
        with contextlib.suppress(TimeoutError, StopAsyncIteration):
            async with asyncio.timeout(within_s):
                return await anext(self.heard())
        return None

    async def sending(self) -> None:
        """Send what was said, until the line is closed."""
        with contextlib.suppress(OSError):
            while True:
                await self._bell.wait()
                self._bell.clear()
                while self._unsent:
                    encoded = self._unsent.popleft()
                    self._unsent_bytes -= len(encoded)
                    await self._send({"type": "websocket.send", "text": encoded.decode()})
                if self._code is not None:
                    await self._send({"type": "websocket.close", "code": self._code})
                    return

    def _may_speak(self) -> bool:
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + (now - self._heard_at) * SIGNALS_PER_S) - 1
        self._heard_at = now
        return self._allowance >= 0
