"""The pages of stations."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("stations/", pages.stations, name="stations"),
    path("stations/<str:station_id>/code", pages.code, name="code"),
    path("waiting/<int:record>/done", pages.resolve, name="resolve"),
]
