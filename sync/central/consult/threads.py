"""Where the switchboard asks the database: one thread that writes, so that all is written in its order; others read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from django.db import DatabaseError, connection

_READERS: Final = 2
_PAUSE_S: Final = 1.0
logger = logging.getLogger(__name__)
T = TypeVar("T")


class Threads:
    """Threads that keep their database connection; made when they are wanted."""

    def __init__(self) -> None:
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._publisher: ThreadPoolExecutor | None = None

    async def write(self, work: Callable[[], T]) -> T:
        """Have the one thread do it that writes."""
        self._writer = self._writer or _pool(1, "calls")
        return await asyncio.get_running_loop().run_in_executor(self._writer, _done, work)

    async def read(self, work: Callable[[], T]) -> T:
        """Have some thread do it, beside others."""
        self._readers = self._readers or _pool(_READERS, "lines")
        return await asyncio.get_running_loop().run_in_executor(self._readers, _done, work)

    async def publish(self, work: Callable[[], T]) -> T:
        """Have a thread do it that may wait for others who publish."""
        self._publisher = self._publisher or _pool(1, "availability")
        return await asyncio.get_running_loop().run_in_executor(self._publisher, _done, work)

    def close(self) -> None:
        """End them."""
        for pool in (self._writer, self._readers, self._publisher):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)
        self._writer = self._readers = self._publisher = None


async def surely(ask: Callable[[], Awaitable[T]], otherwise: str) -> T:
    """What the database answers, however long it is away."""
    while True:
        try:
            return await ask()
        except DatabaseError as fault:
            logger.error("%s, trying again: %s", otherwise, type(fault).__name__)
            await asyncio.sleep(_PAUSE_S)


def _pool(threads: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, name, initializer=_keep_connection)


def _keep_connection() -> None:
    connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}


def _done(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close_if_unusable_or_obsolete()
