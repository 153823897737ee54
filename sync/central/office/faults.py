"""What a browser gets to see when something is wrong."""

from __future__ import annotations

import logging
import sys
from typing import Final

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .hosts import of_form, of_host

_NOT_YOURS: Final = "您的账号不能看这个页面，需要的话请找系统管理员"
_WORDS: Final = {
    400: "请求有误，请返回重试",
    403: "页面已过期，请刷新后重试",
    404: "没有这个页面",
    500: "服务器出错了，我们已记录下来，请稍后再试",
    503: "暂时连不上数据库，系统会自动重试。请稍后刷新；一直这样请联系维护人员",
}
_RETRY_AFTER_S: Final = 30
logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; of an address that is not ours, which setting would make it so."""
    if isinstance(exception, DisallowedHost):
        return _answer(request, 400, *of_host(request))
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """403: a page that is not for this user."""
    return _answer(request, 403, _NOT_YOURS)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 if it is the database that cannot be reached."""
    fault = sys.exc_info()[1]
    if not isinstance(fault, (OperationalError, InterfaceError, InternalError)):
        return _answer(request, 500)
    logger.error("database not available for a page: %s", type(fault).__name__)
    response = _answer(request, 503)
    response["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without this session's token, or by an address that is not ours."""
    return _answer(request, 403, *(of_form(request, reason) or ()))


def _answer(request: HttpRequest, status: int, words: str = "", advice: str = "") -> HttpResponse:
    context = {"words": words or _WORDS[status], "advice": advice, "status": status}
    return render(request, "office/fault.html", context, status=status)
