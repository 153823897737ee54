"""What a browser gets to see when something is wrong."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_WORDS: Final = {
    400: "请求有误，请返回重试",
    403: "页面已过期，请刷新后重试",
    404: "没有这个页面",
    500: "服务器出错了，我们已记录下来，请稍后再试",
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """400."""
    return _answer(request, 400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(request, 500)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: a form without this session's token."""
    return _answer(request, 403)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "office/fault.html", {"words": _WORDS[status], "status": status}, status=status)
