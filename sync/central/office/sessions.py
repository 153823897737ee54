"""Signing in and out."""

from __future__ import annotations

import logging
from typing import Final

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sync.central.core.throttle import Door, forget_failures, is_shut, note_failure
from sync.protocol.limits import USER_CHARS, as_key

LOGIN: Final = Door("login", per_visitor=5, in_total=100_000)
logger = logging.getLogger(__name__)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The login page; after five failures a user name is shut for a quarter of an hour at that address."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = "/"
    if request.method == "GET":
        return HttpResponseRedirect(onward) if request.user.is_authenticated else _page(request, onward)
    name, now = as_key(request.POST.get("name", "").strip(), USER_CHARS), timezone.now()
    visitor = _visitor(name, request)
    if is_shut(LOGIN, visitor, now):
        return _page(request, onward, "失败次数太多，请 15 分钟后再试", status=429)
    # Counted before the slow check, or a hundred guesses at once would all find the door open.
    note_failure(LOGIN, visitor, now)
    user = authenticate(request, username=name, password=request.POST.get("password", "")[:1_000])
    if user is None:
        logger.warning("login failed from %.64s", request.META.get("REMOTE_ADDR"))
        return _page(request, onward, "账号或密码不对", status=403)
    forget_failures(LOGIN, visitor)
    login(request, user)
    return HttpResponseRedirect(onward)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


def _page(request: HttpRequest, onward: str, fault: str = "", status: int = 200) -> HttpResponse:
    name = request.POST.get("name", "")
    return render(request, "office/login.html", {"onward": onward, "fault": fault, "name": name}, status=status)


def _visitor(name: str, request: HttpRequest) -> str:
    # Hashed: people type passwords into the field for the name.
    both = f"{name}\n{request.META.get('REMOTE_ADDR')}"
    return salted_hmac("sync.central.login", both, algorithm="sha256").hexdigest()
