"""The pages of pass sheets."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("sheets/", pages.sheets, name="sheets"),
    path("sheets/<int:number>", pages.sheet, name="sheet"),
]
