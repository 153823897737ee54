"""Connections that nobody can hold for nothing: bounded in number, and in the time until they ask."""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from django.conf import settings
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD_S: Final = 10.0


class BoundedConnection(H11Protocol):
    """uvicorn's connection, closed if the head of a request does not come in time or too many are open.

    uvicorn itself waits for ever for a first request, and counts silent connections against busy ones.
    """

    head_s = _HEAD_S
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as uvicorn's
        """A visitor comes, if there is room."""
        super().connection_made(transport)
        if len(self.connections) > settings.YIZHAN_CONNECTIONS:
            transport.abort()
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes; the clock runs from the first of a head to its last."""
        super().data_received(data)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_s, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
