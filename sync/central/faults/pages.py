"""The page of faults, and what is done on it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sync.central.core.models import Station

from .acting import ActionRefused, act
from .lines import MOST, all_faults, fault_lines, open_faults
from .models import Action, Fault


@require_GET
def faults(request: HttpRequest) -> HttpResponse:
    """Faults by age; open ones, or all; of all stations, or of one."""
    return _page(request, request.GET.get("show", ""), request.GET.get("station", ""))


@require_POST
def do(request: HttpRequest, fault: int, kind: str) -> HttpResponse:
    """One thing done about a fault; if somebody was first, the page says who and what."""
    if kind not in Action.Kind.values:
        raise Http404
    show, station = request.POST.get("show", ""), request.POST.get("station", "")
    who, typed = request.user.get_username(), request.POST.get("note", "")
    try:
        act(fault, Action.Kind(kind), who, timezone.now(), note=typed, seen=request.POST.get("seen", ""))
    except ActionRefused as refused:
        return _page(request, show, station, f"{refused.detail}（{refused.code}）", 409)
    asked = urlencode({name: value for name, value in (("show", show), ("station", station)) if value})
    return redirect(reverse("faults") + (f"?{asked}" if asked else ""))


def _page(request: HttpRequest, show: str, station: str, refused: str = "", status: int = 200) -> HttpResponse:
    found = all_faults(station) if show == "all" else open_faults(station)
    with_faults = Station.objects.filter(pk__in=Fault.objects.values("station")).order_by("id")
    context = {
        "faults": fault_lines(found, timezone.now()),
        "show": "all" if show == "all" else "",
        "station": station,
        "stations": list(with_faults),
        "refused": refused,
        "is_cut": len(found) >= MOST,
        "most": MOST,
    }
    return render(request, "faults/faults.html", context, status=status)
