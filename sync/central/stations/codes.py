"""A one-time code between its making and its page: kept by the browser that asked for it, never by the office."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sync.central.core.enrolment import is_waiting
from sync.central.core.models import Station

_NAME: Final = "code"
_SHOWN_FOR: Final = timedelta(minutes=30)


def remember(response: HttpResponse, request: HttpRequest, station: Station, code: str) -> None:
    """Have the browser keep the code for a while, for the page of this station alone."""
    response.set_signed_cookie(
        _NAME, code, salt=_salt(request, station), max_age=_SHOWN_FOR, path=request.path,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Strict",
    )


def recall(request: HttpRequest, station: Station) -> str:
    """The code that this user made in this browser; empty if it was used, is void, or is no longer shown."""
    code = request.get_signed_cookie(_NAME, "", salt=_salt(request, station), max_age=_SHOWN_FOR)
    return code if code and is_waiting(station, code, timezone.now()) else ""


def _salt(request: HttpRequest, station: Station) -> str:
    return f"sync.central.stations.code {request.user.pk} {station.pk}"
