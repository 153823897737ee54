"""The pages of pass sheets: all stations, and one sheet to print."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sync.central.core.models import Station

from .lines import newest_sheets, part_lines, sheet_lines, state_of
from .models import Sheet


@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """The newest sheet of each station."""
    found = newest_sheets()
    untested = Station.objects.exclude(public_key="").exclude(pk__in=[sheet.station_id for sheet in found])
    context = {"sheets": sheet_lines(found), "untested": untested.filter(revoked_at=None).order_by("id")}
    return render(request, "setup/sheets.html", context)


@require_GET
def sheet(request: HttpRequest, number: int) -> HttpResponse:
    """One sheet as it was signed, and the earlier ones of its station."""
    found = get_object_or_404(Sheet.objects.select_related("station"), pk=number)
    dot, words = state_of(found, found.station)
    earlier = Sheet.objects.filter(station=found.station).exclude(pk=found.pk).order_by("-tested_at", "-id")
    context = {
        "sheet": found, "parts": part_lines(found), "dot": dot, "words": words, "others": sheet_lines(earlier),
    }
    return render(request, "setup/sheet.html", context)
