"""The desk's pages."""

from __future__ import annotations

from django.urls import path

from . import desk

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/call-backs", desk.call_backs, name="desk-call-backs"),
    path("desk/<str:call>/notes", desk.call_notes, name="desk-notes"),
    path("desk/<str:call>/called-back", desk.called_back, name="desk-called-back"),
]
