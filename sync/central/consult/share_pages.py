"""The page behind a patient's link; opened on their phone, without a login."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sync.central.core.throttle import Door, is_shut, note_failure

from .keyfile import KeysMissing
from .lines import RecordView
from .sharing import LASTS, ends_at, fetch, find_share
from .vault import Unreadable

# Many phones share one address of their network; the secret has 192 bits, so this only keeps the database quiet.
DOOR: Final = Door("share", per_visitor=30, in_total=100_000)


# No cookie, and no token of one: the secret in the address is all there is, and whoever knows it may press the button.
@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, secret: str) -> HttpResponse:
    """A button first, since apps look at links before people do; the record when it is pressed, once."""
    now, visitor = timezone.now(), _visitor(request)
    if is_shut(DOOR, visitor, now):
        return _page(request, "consult/shared_gone.html", 429, is_busy=True)
    try:
        if request.method == "POST":
            record = fetch(secret, now)
            if record is not None:
                return _page(request, "consult/shared_record.html", 200, record=RecordView(record, now))
        else:
            found = find_share(secret, now)
            if found is not None:
                return _page(request, "consult/shared.html", 200, ends_at=ends_at(found))
    except (KeysMissing, Unreadable) as fault:
        return _page(request, "consult/shared_gone.html", 503, fault=fault)
    note_failure(DOOR, visitor, now)
    return _page(request, "consult/shared_gone.html", 404)


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    hours = int(LASTS.total_seconds()) // 3_600
    response = render(request, template, {**context, "hours": hours}, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _visitor(request: HttpRequest) -> str:
    address = str(request.META.get("REMOTE_ADDR"))
    return salted_hmac("sync.central.consult.share", address, algorithm="sha256").hexdigest()
