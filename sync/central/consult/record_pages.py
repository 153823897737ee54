"""The pages of records: a doctor's own, the supervisor's figures, the auditor's trail."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from sync.central.office.menu import Menu
from sync.protocol import limits
from sync.protocol.limits import as_key

from . import audit as trail
from . import lines
from .counting import CAUSES
from .figures import Figures, Line, Overview, overview
from .keyfile import KeysMissing
from .models import Consultation, Look
from .records import NoRecord, open_record
from .roles import find_doctor, is_auditor, is_doctor, is_supervisor, only, treated_by
from .vault import Unreadable

_PAGE: Final = 50
_DAYS: Final = {"7": "最近 7 天", "30": "最近 30 天", "90": "最近 90 天"}
_GROUPS: Final = (("按天", "by_day"), ("按驿站", "by_station"), ("按医生", "by_doctor"))


@require_GET
@only(is_doctor)
def history(request: HttpRequest) -> HttpResponse:
    """A doctor's own consultations, the newest first; nothing of what was said."""
    doctor = find_doctor(request.user)
    own = treated_by(doctor) if doctor else Consultation.objects.none()
    page = Paginator(own.select_related("station").order_by("-asked_at"), _PAGE).get_page(request.GET.get("page"))
    context = {"lines": lines.history_lines(page.object_list), "page": page}
    return render(request, "consult/history.html", context)


@require_GET
@only(is_doctor)
def record(request: HttpRequest, call: str) -> HttpResponse:
    """One record; another doctor's is as if it were not there."""
    now = timezone.now()
    try:
        found = open_record(request.user, call, now)
    except NoRecord as fault:
        raise Http404 from fault
    except (KeysMissing, Unreadable) as fault:
        return render(request, "consult/sealed.html", {"fault": fault}, status=503)
    menu = Menu(reverse("consult-history"), request.user)   # where the reader came from
    return render(request, "consult/record.html", {"record": lines.RecordView(found, now), "menu": menu})


@require_GET
@only(is_supervisor)
def figures(request: HttpRequest) -> HttpResponse:
    """Counts and lengths of time; `?as=csv` gives them as a file."""
    days = request.GET.get("days", "7")
    days = days if days in _DAYS else "7"
    today = timezone.localdate()
    found = overview(today - timedelta(days=int(days) - 1), today)
    if request.GET.get("as") == "csv":
        return _csv(found, f"kanzhen-{today.isoformat()}-{days}.csv")
    context = {
        "days": days,
        "choices": _DAYS,
        "total": found.total,
        "failed": [(CAUSES[cause], count) for cause, count in found.total.failed.items()],
        "groups": [(title, name.replace("_", "-"), getattr(found, name)) for title, name in _GROUPS],
    }
    return render(request, "consult/figures.html", context)


@require_GET
@only(is_auditor)
@transaction.atomic
def audit(request: HttpRequest) -> HttpResponse:
    """Who looked at what, the newest first; that this was read is in it too."""
    who = as_key(request.GET.get("who", "").strip(), limits.USER_CHARS)
    call = as_key(request.GET.get("call", "").strip(), limits.CALL_CHARS)
    about = " ".join(f"{name}={value}" for name, value in (("who", who), ("call", call)) if value)
    trail.look(request.user.get_username(), trail.What.LISTED, "", timezone.now(), about)
    found = Look.objects.order_by("-id")
    if who:
        found = found.filter(who=lines.actor_of(who))
    if call:
        found = found.filter(call=call)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    context = {"lines": lines.look_lines(page.object_list), "page": page, "who": who, "call": call}
    context["kept"] = f"{urlencode({'who': who, 'call': call})}&" if who or call else ""
    return render(request, "consult/audit.html", context)


def _csv(found: Overview, name: str) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")   # or spreadsheets guess another one
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    rows = csv.writer(response)
    rows.writerow(["分组", "名称", "说明", *_columns()])
    rows.writerow(["合计", "", "", *_values(found.total)])
    for title, group in _GROUPS:
        lines_of: list[Line] = getattr(found, group)
        for line in lines_of:
            rows.writerow([title, _plain(line.name), _plain(line.note), *_values(line.figures)])
    return response


def _columns() -> list[str]:
    counts = ["求诊", "接通", "谈完", "离开", *CAUSES.values(), "进行中"]
    return [*counts, "等候合计秒", "等候中位秒", "等候 95% 秒", "通话合计秒", "评分次数", "平均评分"]


def _values(figures: Figures) -> list[Any]:
    counts = [figures.asked, figures.connected, figures.talked, figures.left]
    causes = [figures.failed.get(cause, 0) for cause in CAUSES]
    times = [figures.waited_s, figures.wait_p50_s, figures.wait_p95_s, figures.talked_s]
    return [*counts, *causes, figures.still_open, *times, figures.rated, figures.rating]


def _plain(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words[:1] in {"=", "+", "-", "@"} else words
