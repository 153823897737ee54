"""The office as an ASGI application: stations at their doors, lines at theirs, everybody else at Django's pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from django.core.asgi import get_asgi_application

if TYPE_CHECKING:
    from sync.central.gate import Application, Receive, Scope, Send

_API: Final = "/api/"


def make_application() -> Application:
    """The application for an ASGI server: `uvicorn --factory sync.central.asgi:make_application`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
    pages: Any = get_asgi_application()
    from django.conf import settings  # noqa: PLC0415  # settings are read when a server wants them

    from sync.central.gate import Gate  # noqa: PLC0415  # needs Django set up

    files = settings.YIZHAN_CONNECTIONS // 2    # the other half is for those who have something to say
    gate = Gate(settings.YIZHAN_SYNC_THREADS, settings.YIZHAN_SYNC_WAITING, files)

    async def office(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _line(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["path"].startswith(_API):
            await gate.answer(scope, receive, send)
        else:
            await gate.show(pages, scope, receive, send, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    return office


async def _line(scope: Scope, receive: Receive, send: Send) -> None:
    """A WebSocket, if an app has opened a line there."""
    from sync.central.core.doors.opened import lines  # noqa: PLC0415  # needs Django set up

    line = next((lines.at[scope["path"]] for lines in lines() if scope["path"] in lines.at), None)
    if line is None:
        await send({"type": "websocket.close"})
    else:
        await line(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """What apps do for as long as the server runs."""
    from sync.central.core.doors.opened import lines  # noqa: PLC0415  # needs Django set up

    await receive()
    for one in lines():
        await one.begin()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for one in lines():
        await one.end()
    await send({"type": "lifespan.shutdown.complete"})
