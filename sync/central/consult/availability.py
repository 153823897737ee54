"""Whether a doctor can be talked to, published to all stations; what only flickers is not told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from sync.central.core.publishing.documents import EVERYBODY, find_published, publish
from sync.protocol.documents.consultations import Consulting

from .models import Doctor
from .provider import find_provider
from .threads import Threads

_OPEN_S: Final = 0.5
_CLOSED_S: Final = 20.0     # longer than a page takes that is loaded anew, or an office that starts
_PAUSE_S: Final = 5.0
_DESK: Final = "doctors"
logger = logging.getLogger(__name__)


class Availability:
    """Follows who is on duty."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._wanted = self._document(is_open=False, languages=())
        self._news = asyncio.Event()
        self._news.set()

    def note(self, *, is_open: bool, languages: Iterable[str]) -> None:
        """How it is now."""
        wanted = self._document(is_open=is_open, languages=languages)
        if wanted != self._wanted:
            self._wanted = wanted
            self._news.set()

    async def follow(self) -> None:
        """Publish what has been so for a while."""
        while True:
            await self._news.wait()
            self._news.clear()
            wanted = self._wanted
            try:
                async with asyncio.timeout(_OPEN_S if wanted.is_open else _CLOSED_S):
                    await self._news.wait()
                continue    # it is different again
            except TimeoutError:
                pass
            try:
                await self._threads.publish(lambda: _publish(wanted))  # noqa: B023  # awaited here
            except DatabaseError as fault:
                logger.error("whether a doctor is on duty could not be published: %s", type(fault).__name__)
                await asyncio.sleep(_PAUSE_S)
                self._news.set()

    @staticmethod
    def _document(*, is_open: bool, languages: Iterable[str]) -> Consulting:
        provider = find_provider()
        return Consulting(
            desk=_DESK,
            is_open=is_open or provider is not None,
            hours=settings.YIZHAN_DOCTOR_HOURS,
            languages=tuple(sorted(languages)) or ("zh_CN",),
            provider=provider.name if provider else "",
        )


def _publish(wanted: Consulting) -> None:
    """Tell all stations; where there are no doctors and never were, there is nothing to tell."""
    if wanted.is_open or Doctor.objects.exists() or find_published(Consulting):
        publish(EVERYBODY, [wanted])
