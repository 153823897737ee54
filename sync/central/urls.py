"""Every page of the office; the stations' doors are in core/doors/."""

from __future__ import annotations

from django.urls import path

from sync.central.office import pages, sessions, station_pages

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("overview/live", pages.overview_live, name="overview-live"),
    path("waiting/", pages.waiting, name="waiting"),
    path("waiting/<int:record>/done", pages.resolve, name="resolve"),
    path("stations/", station_pages.stations, name="stations"),
    path("stations/<str:station_id>/code", station_pages.new_code, name="new-code"),
    path("login/", sessions.sign_in, name="login"),
    path("logout/", sessions.sign_out, name="logout"),
]
handler400 = "sync.central.office.faults.bad_request"
handler404 = "sync.central.office.faults.not_found"
handler500 = "sync.central.office.faults.server_error"
