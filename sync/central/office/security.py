"""Headers that keep foreign code out of the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

_POLICY: Final = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))


def permit_camera(response: HttpResponse) -> HttpResponse:
    """Let this one page use camera and microphone; a stream of theirs is no foreign code."""
    response["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=()"
    return response


def page_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: content policy on everything, and no page kept in any cache."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = _POLICY
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.setdefault("Cache-Control", "no-store")
        return response

    return respond


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no NUL reaches a query, which SQLite answers and PostgreSQL refuses; no page of ours sends one.

    An address with it names nothing, and whoever has a cookie with it is a stranger.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        request.COOKIES = drop_nul(request.COOKIES)
        request.path_info = request.path_info.replace("\0", "\ufffd")   # names nothing, on whichever page
        if any("\0" in name or any("\0" in value for value in values) for name, values in request.GET.lists()):
            raise BadRequest
        return get_response(request)

    return respond


def drop_nul(cookies: Mapping[str, str]) -> dict[str, str]:
    """The cookies that can be looked up."""
    return {name: value for name, value in cookies.items() if "\0" not in value}
