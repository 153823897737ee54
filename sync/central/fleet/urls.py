"""The pages of the fleet."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("fleet/", pages.fleet, name="fleet"),
    path("fleet/release/<str:version>/<str:kind>", pages.change, name="fleet-change"),
    path("fleet/station/<str:station_id>/", pages.station, name="fleet-station"),
    path("fleet/station/<str:station_id>/tell", pages.command, name="fleet-tell"),
    path("fleet/station/<str:station_id>/pin", pages.pinned, name="fleet-pin"),
    path("fleet/station/<str:station_id>/log/<str:command>", pages.log, name="fleet-log"),
]
