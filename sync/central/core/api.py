"""The stations' two doors: enrol and sync."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from sync.protocol import wire
from sync.protocol.errors import SignatureRefused, TooLarge, WireError
from sync.protocol.signatures import verify

from .enrolment import enrol
from .exchange import exchange, find_public_key
from .refusals import Refused

_MAX_ENROL_BYTES: Final = 4_096
_RETRY_AFTER_S: Final = {429: 900, 503: 30}
logger = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]


def refusal(reason: str) -> HttpResponse:
    """The answer that says why not."""
    refused = Refused(reason)
    body = wire.Refusal(reason, refused.words, timezone.now())
    response = HttpResponse(wire.encode(body), content_type="application/json", status=refused.status)
    if refused.status in _RETRY_AFTER_S:
        response["Retry-After"] = str(_RETRY_AFTER_S[refused.status])
    return response


def endpoint(view: View) -> View:
    """A door for stations: POST only, no cookies, and whatever goes wrong has a code."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            if request.method != "POST":
                raise Refused("method")
            response = view(request)
        except Refused as fault:
            response = refusal(fault.reason)
        except (RequestDataTooBig, TooLarge):
            response = refusal("too-large")
        except (UnreadablePostError, WireError):
            response = refusal("header")
        except (OperationalError, InterfaceError):
            logger.exception("%s: database not available", request.path)
            response = refusal("busy")
        except Exception:
            logger.exception("%s failed", request.path)
            response = refusal("server")
        response["Cache-Control"] = "no-store"
        return response

    return csrf_exempt(login_not_required(guarded))


@endpoint
def enrol_view(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/enrol: a one-time code and a public key in, the station's id out."""
    body = _body_of(request, _MAX_ENROL_BYTES)
    try:
        wanted = wire.decode(wire.EnrolRequest, body)
    except WireError as cause:
        raise Refused("enrol-request") from cause
    reply = enrol(wanted, (request.META.get("REMOTE_ADDR") or "unknown")[:64], timezone.now())
    return HttpResponse(wire.encode(reply), content_type="application/json")


@endpoint
def sync_view(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/sync: journal up, documents down; signed."""
    now = timezone.now()
    body = _body_of(request, wire.MAX_BODY_BYTES)
    query = request.META.get("QUERY_STRING", "")
    url = f"http://office{request.path}" + (f"?{query}" if query else "")
    try:
        signed = verify("POST", url, request.headers, body, find_key=find_public_key, now=now)
    except SignatureRefused as cause:
        raise Refused(cause.reason) from cause
    hello, lines = wire.unpack(body, wire.Hello)
    answer = exchange(signed, hello, lines, now)
    return HttpResponse(wire.pack(answer.receipt, answer.documents), content_type=wire.CONTENT_TYPE)


def _body_of(request: HttpRequest, limit: int) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limit:
        raise Refused("too-large")
    body = request.body
    if len(body) > limit:
        raise Refused("too-large")
    return body
