"""How a request reaches its page: HEAD as GET, and never a bare refusal where somebody can be led to a page."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from .menu import nearest

_ASKING: Final = {"GET", "HEAD"}
_NO_WAY: Final = "这里不能这样操作，请回到总览再试"


def as_asked(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: HEAD answers as GET does, and an address that only a button uses leads to the button's page."""

    def respond(request: HttpRequest) -> HttpResponse:
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        response = get_response(request)
        request.method = method     # the server leaves the body out
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
            return response
        if method in _ASKING:
            return redirect(nearest(request.path))
        status = HTTPStatus.METHOD_NOT_ALLOWED
        told = render(request, "office/fault.html", {"words": _NO_WAY, "status": int(status)}, status=status)
        told["Allow"] = response["Allow"]
        return told

    return respond


class LoginRequired(LoginRequiredMiddleware):
    """As Django's, but what was posted when the session was over leads to its page: it cannot be asked for again."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:  # noqa: ANN401  # Django's
        """To the login, and from there to where it makes sense to go on."""
        if request.method in _ASKING:
            return super().handle_no_permission(request, view_func)
        login, field = self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        return redirect_to_login(nearest(request.path), login, field)
