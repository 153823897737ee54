"""The page of faults."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("faults/", pages.faults, name="faults"),
    path("faults/<int:fault>/<str:kind>", pages.do, name="fault-do"),
]
