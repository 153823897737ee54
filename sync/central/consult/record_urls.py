"""The pages of records."""

from __future__ import annotations

from django.urls import path

from . import record_pages, share_pages

urlpatterns = [
    path("desk/history/", record_pages.history, name="consult-history"),
    path("desk/records/<str:call>/", record_pages.record, name="consult-record"),
    path("consult/figures/", record_pages.figures, name="consult-figures"),
    path("consult/audit/", record_pages.audit, name="consult-audit"),
    path("r/<str:secret>", share_pages.share, name="share"),
]
