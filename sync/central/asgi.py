"""The office as an ASGI application: stations at their doors, everybody else at Django's pages."""

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
        if scope["type"] != "http":
            await pages(scope, receive, send)
        elif scope["path"].startswith(_API):
            await gate.answer(scope, receive, send)
        else:
            await gate.show(pages, scope, receive, send, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    return office
