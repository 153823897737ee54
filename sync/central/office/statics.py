"""Static files, served whole: under ASGI Django warns about, and buffers, whitenoise's streams."""

from __future__ import annotations

from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):
    """Whitenoise, with answers of one piece."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> Any:
        """The file, or that it has not changed."""
        streamed = cast("FileResponse", WhiteNoiseMiddleware.serve(static_file, request))
        content = b"".join(cast("Any", streamed.streaming_content))
        streamed.close()
        return HttpResponse(content, status=streamed.status_code, headers=dict(streamed.items()))
