"""The doctor's desk: its page, the notes as they are typed, and who is still to be called back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Concatenate, Final, ParamSpec

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import Meta

from sync.central.office.security import permit_camera

from . import notes
from .keyfile import KeysMissing
from .models import Consultation, Doctor, State
from .records import NoRecord, open_notes
from .roles import find_doctor
from .switchboard import switchboard
from .vault import Unreadable

_MOST_BACKS: Final = 100
_MOST_BYTES: Final = 64 * 1024
_ROWS: Final = {"complaint": 2, "history": 3, "advice": 3, "follow_up": 1, "referral": 1, "prescription": 2}
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class _Typed(msgspec.Struct, frozen=True):
    """Notes as they stand on the page."""

    notes: dict[Annotated[str, Meta(max_length=32)], Annotated[str, Meta(max_length=4_000)]]
    based_on: int | None = None


class _Newest(msgspec.Struct, frozen=True):
    """Notes as they are kept; none yet if the version is null."""

    version: int | None
    by: str = ""
    notes: dict[str, str] = {}


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a save."""

    version: int | None = None
    at: str = ""        # when it was saved, 14:26 by the office's clock
    words: str = ""
    newest: _Newest | None = None


def _for_doctors(page: Callable[Concatenate[HttpRequest, Doctor, P], HttpResponse]) -> View[P]:
    """A page that everybody else is told they cannot have (403)."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        doctor = find_doctor(request.user)
        if doctor is None:
            raise PermissionDenied
        return page(request, doctor, *args, **kwargs)

    return guarded


@_for_doctors
@require_GET
def desk(request: HttpRequest, doctor: Doctor) -> HttpResponse:
    """The desk; all that moves on it comes over its line."""
    fields = [(name, *notes.FIELDS[name], rows) for name, rows in _ROWS.items()]
    page = {"doctor": doctor, "fields": fields, "may_draw": settings.YIZHAN_DRAWN_CAMERA}
    return permit_camera(render(request, "consult/desk.html", page))


@_for_doctors
@require_http_methods(["GET", "POST"])
def call_notes(request: HttpRequest, doctor: Doctor, call: str) -> HttpResponse:
    """The notes of a call this doctor treated: as they are kept, or a new version."""
    return _kept(doctor, call) if request.method == "GET" else _save(doctor, call, request.body)


@_for_doctors
@require_GET
def call_backs(request: HttpRequest, _doctor: Doctor) -> HttpResponse:
    """Those who asked and could not talk, the latest first; a part of the desk."""
    wanted = Consultation.objects.filter(call_back="wanted", state=State.ENDED).select_related("station")
    context = {"calls": wanted.order_by("-asked_at")[:_MOST_BACKS]}
    return render(request, "consult/_call_backs.html", context)


@_for_doctors
@require_POST
def called_back(_request: HttpRequest, _doctor: Doctor, call: str) -> HttpResponse:
    """Somebody has been called back."""
    if Consultation.objects.filter(pk=call, call_back="wanted").update(call_back="done"):
        switchboard.recount()
    return HttpResponse(status=204)


def _kept(doctor: Doctor, call: str) -> HttpResponse:
    try:
        last = open_notes(doctor, call, timezone.now())
    except NoRecord as fault:
        raise Http404 from fault
    except (KeysMissing, Unreadable) as fault:
        return _json(_Answer(words=fault.next_step), 503)
    return _json(_Newest(last.version, last.by, last.notes) if last else _Newest(None))


def _save(doctor: Doctor, call: str, body: bytes) -> HttpResponse:
    consultation = Consultation.objects.filter(pk=call, accepted_at__isnull=False).first()
    if consultation is None:
        raise Http404
    if len(body) > _MOST_BYTES:
        return _json(_Answer(words="内容太长"), 400)
    try:
        typed = msgspec.json.decode(body, type=_Typed)
        version = notes.save(consultation, doctor, typed.notes, typed.based_on, timezone.now())
    except (msgspec.MsgspecError, RecursionError):
        return _json(_Answer(words="内容太长或格式不对"), 400)
    except notes.Conflict as fault:
        newest = _Newest(fault.newest.version, fault.newest.by, fault.newest.notes)
        return _json(_Answer(words=fault.detail, newest=newest), 409)
    except (KeysMissing, Unreadable) as fault:
        return _json(_Answer(words=fault.next_step), 503)
    except notes.NotesRefused as fault:
        return _json(_Answer(words=fault.detail), 403)
    return _json(_Answer(version=version, at=f"{timezone.localtime():%H:%M}"))


def _json(answer: msgspec.Struct, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json", status=status)
