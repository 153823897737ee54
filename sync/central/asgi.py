"""The office as an ASGI application, with a limit on bodies before anything is read."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Refuses a request whose length is unknown or over the limit, without reading it.

    Django spools a body to disk before any view can ask how long it is.
    """

    def __init__(self, inner: Application, limit_bytes: int) -> None:
        self._inner = inner
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        reason = self._find_refusal(scope) if scope["type"] == "http" else ""
        if not reason:
            await self._inner(scope, receive, send)
            return
        from sync.central.core.api import refusal  # noqa: PLC0415  # needs Django set up

        response = refusal(reason)
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})

    def _find_refusal(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        if b"transfer-encoding" in headers:
            return "length"
        length = headers.get(b"content-length", b"0")
        return "" if length.isdigit() and int(length) <= self._limit_bytes else "too-large"


def make_application() -> Application:
    """The application for an ASGI server: `uvicorn --factory sync.central.asgi:make_application`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
    inner: Any = get_asgi_application()
    from django.conf import settings  # noqa: PLC0415  # settings are read when a server wants them

    return BodyLimit(inner, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
