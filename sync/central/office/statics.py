"""Static files, served whole: under ASGI Django warns about, and buffers, whitenoise's streams."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # pyright: ignore[reportMissingTypeStubs]  # ships none


class StaticFiles(WhiteNoiseMiddleware):
    """Whitenoise, with answers of one piece."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> Any:  # noqa: ANN401  # whitenoise's own types
        """The file, or that it has not changed."""
        streamed: Any = cast("Any", WhiteNoiseMiddleware).serve(static_file, request)
        content = b"".join(streamed.streaming_content)
        streamed.close()
        return HttpResponse(content, status=streamed.status_code, headers=dict(streamed.items()))
