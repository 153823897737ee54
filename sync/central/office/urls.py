"""The pages of the frame."""

from __future__ import annotations

from django.urls import path

from . import pages, sessions

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("overview/live", pages.overview_live, name="overview-live"),
    path("waiting/", pages.waiting, name="waiting"),
    path("login/", sessions.sign_in, name="login"),
    path("logout/", sessions.sign_out, name="logout"),
]
