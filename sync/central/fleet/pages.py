"""The pages of the fleet: releases and their rings, versions, and one station with what it is told to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sync.central.core.models import Station
from sync.protocol.errors import SyncError

from . import lines, releasing
from .closing import closed_stations
from .commanding import GRAVE, WORDS, tell
from .counting import failures_of, versions_of
from .models import Answer, Pin, Release
from .roles import for_managers


@require_GET
@for_managers
def fleet(request: HttpRequest) -> HttpResponse:
    """Releases, where they failed, and which station runs what."""
    return _fleet(request)


@require_POST
@for_managers
def change(request: HttpRequest, version: str, kind: str) -> HttpResponse:
    """One thing done about a release."""
    does = _CHANGES.get(kind)
    if does is None:
        raise Http404
    try:
        does(request, version, request.user.get_username(), timezone.now())
    except (SyncError, ValueError) as fault:
        words = f"{fault.detail}（{fault.code}）" if isinstance(fault, SyncError) else "比例要写一个整数"
        return _fleet(request, words, 409)
    return redirect("fleet")


@require_GET
@for_managers
def station(request: HttpRequest, station_id: str) -> HttpResponse:
    """One station: its program, what it was told, and what came of it."""
    return _station(request, station_id)


@require_POST
@for_managers
def command(request: HttpRequest, station_id: str) -> HttpResponse:
    """Have a station do something."""
    try:
        tell(station_id, request.POST.get("do", ""), request.user.get_username(), timezone.now())
    except SyncError as fault:
        return _station(request, station_id, f"{fault.detail}（{fault.code}）", 409)
    return redirect("fleet-station", station_id)


@require_POST
@for_managers
def pinned(request: HttpRequest, station_id: str) -> HttpResponse:
    """Have a station keep to a version, or to none."""
    try:
        releasing.pin(station_id, request.POST.get("version", ""), request.user.get_username(), timezone.now())
    except SyncError as fault:
        return _station(request, station_id, f"{fault.detail}（{fault.code}）", 409)
    return redirect("fleet-station", station_id)


@require_GET
@for_managers
def log(request: HttpRequest, station_id: str, command: str) -> HttpResponse:  # noqa: ARG001  # Django's
    """The log a station sent, as text."""
    answer = get_object_or_404(Answer.objects.exclude(log=""), station=station_id, command=command)
    return HttpResponse(answer.log, content_type="text/plain; charset=utf-8")


def _ring(request: HttpRequest, version: str, who: str, now: datetime) -> None:
    regions = request.POST.get("regions", "").replace("，", " ").replace("、", " ").replace(",", " ").split()
    releasing.change_ring(version, int(request.POST.get("percent", "")), regions, who, now)


def _pause(_request: HttpRequest, version: str, who: str, now: datetime) -> None:
    releasing.pause(version, who, now)


def _resume(_request: HttpRequest, version: str, who: str, now: datetime) -> None:
    releasing.resume(version, who, now, len(failures_of(version)))


def _take_back(_request: HttpRequest, version: str, who: str, now: datetime) -> None:
    releasing.take_back(version, who, now)


_CHANGES: dict[str, Callable[[HttpRequest, str, str, datetime], None]] = {
    "ring": _ring, "pause": _pause, "resume": _resume, "take-back": _take_back,
}


def _fleet(request: HttpRequest, refused: str = "", status: int = 200) -> HttpResponse:
    stations = lines.in_use()
    context = {
        "releases": lines.release_lines(stations),
        "failures": lines.failure_lines(stations),
        "versions": versions_of(stations),
        "stations": lines.fleet_lines(stations),
        "count": len(stations),
        "most": lines.MOST,
        "acts": lines.acts(),
        "rings": (1, 10, 100),
        "refused": refused,
    }
    return render(request, "fleet/fleet.html", context, status=status)


def _station(request: HttpRequest, station_id: str, refused: str = "", status: int = 200) -> HttpResponse:
    found = get_object_or_404(Station, pk=station_id)
    context = {
        "station": found,
        "pin": Pin.objects.filter(station=found).values_list("version", flat=True).first() or "",
        "releases": [one.version for one in Release.objects.filter(is_withdrawn=False).order_by("-added_at")],
        "commands": lines.command_lines(found, timezone.now()),
        "table": [(do, words, GRAVE.get(do, "")) for do, words in WORDS.items()],
        "closed": closed_stations().get(found.id),
        "acts": lines.acts(found.id),
        "refused": refused,
    }
    return render(request, "fleet/station.html", context, status=status)
