"""Stations: the list, a new one, the one-time code that enrols it; and a record of theirs that was dealt with."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from sync.central.core.enrolment import issue_code
from sync.central.core.models import Station
from sync.central.core.repair.quarantine import QuarantineRefused, drop
from sync.central.core.stations import StationRefused, add_station
from sync.central.office.rooms import Glance
from sync.protocol.documents import StationSettings
from sync.protocol.enrolment import make_qr_text, shown_code

from .addresses import address_for_stations
from .codes import recall, remember
from .health import every_station, station_lines
from .waiting import is_usual

_FIELDS = ("station", "name", "place", "region")


@require_http_methods(["GET", "POST"])
def stations(request: HttpRequest) -> HttpResponse:
    """All stations; posted to, a new one."""
    typed = {field: request.POST.get(field, "").strip() for field in _FIELDS}
    fault = ""
    if request.method == "POST":
        try:
            if typed["station"] and not is_usual(typed["station"]):
                raise StationRefused("编号要像 330502-02：六位区划代码、连字符、两位序号")
            add_station(msgspec.convert(typed, StationSettings))
            return redirect("stations")
        except StationRefused as refused:
            fault = f"{refused.detail}（{refused.code}）"
    context = {"stations": station_lines(every_station(), Glance(timezone.now())), "typed": typed, "fault": fault}
    return render(request, "stations/stations.html", context, status=400 if fault else 200)


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest, station_id: str) -> HttpResponse:
    """Posted to, a new one-time code; then the page that shows it with its QR, to this browser alone."""
    station = Station.objects.filter(pk=station_id).first()
    if station is None:
        raise Http404
    if request.method == "POST":
        shown = redirect("code", station_id)
        remember(shown, request, station, issue_code(station, timezone.now()))
        return shown
    known = recall(request, station)
    return _code_page(request, station, known) if known else redirect("stations")


def _code_page(request: HttpRequest, station: Station, known: str) -> HttpResponse:
    address = address_for_stations(request)
    context = {"station": station, "code": shown_code(known), "address": address}
    if not address.why:
        drawing = segno.make(make_qr_text(address.url, known), error="m").svg_inline(scale=6, border=2, omitsize=True)
        context["qr"] = mark_safe(drawing)  # noqa: S308  # drawn by segno, only numbers in it
    return render(request, "stations/code.html", context)


@require_POST
def resolve(request: HttpRequest, record: int) -> HttpResponse:
    """Staff have dealt with a record; it is kept, and waits no longer."""
    with suppress(QuarantineRefused):   # somebody else was first
        drop(record, f"网页：{request.user.get_username()}", timezone.now())
    return redirect("waiting")
