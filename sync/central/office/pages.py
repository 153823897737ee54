"""The overview, and what waits for a hand."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sync.central.core.models import Quarantine, Station
from sync.central.core.repair.quarantine import QuarantineRefused, drop

from .figures import days_until, figures, heat_of, latest_moves
from .health import count_waiting, is_overdue, station_lines

_STATIONS: Final = 6
_MOVES: Final = 6
_SET_ASIDE: Final = 200


def frame(here: str, stations: list[Station], now: datetime) -> dict[str, Any]:
    """What every page with the menu needs."""
    return {"here": here, "waiting_count": count_waiting(stations, now)}


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The first page after login."""
    return render(request, "office/overview.html", _overview())


@require_GET
def overview_live(request: HttpRequest) -> HttpResponse:
    """The parts of the overview that change, for the open page to put in place."""
    return render(request, "office/_live.html", {**_overview(), "oob": True})


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Silent stations, and records set aside."""
    now = timezone.now()
    stations = list(Station.objects.all())
    aside = Quarantine.objects.filter(resolved_at=None).select_related("journal__station").order_by("-received_at")
    return render(request, "office/waiting.html", {
        **frame("waiting", stations, now),
        "silent": station_lines([station for station in stations if is_overdue(station, now)], now),
        "aside": list(aside[:_SET_ASIDE]),
    })


@require_POST
def resolve(request: HttpRequest, record: int) -> HttpResponse:
    """Staff have dealt with a record; it is kept, and waits no longer."""
    with suppress(QuarantineRefused):   # somebody else was first
        drop(record, f"网页：{request.user.get_username()}", timezone.now())
    return redirect("waiting")


def _overview() -> dict[str, Any]:
    now = timezone.now()
    today = timezone.localdate(now)
    stations = list(Station.objects.all())
    lines = station_lines(stations, now)
    heat, days = heat_of(today), days_until(today)
    return {
        **frame("overview", stations, now),
        "now": now,
        "figures": figures(stations, today, now),
        "heat": heat,
        "days": days,
        "charts": msgspec.json.encode({"heat": heat, "days": days}).decode(),
        "stations": lines[:_STATIONS],
        "station_count": len(lines),
        "moves": latest_moves(_MOVES),
        "today": today,
    }
