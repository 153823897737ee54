"""The office app."""

from __future__ import annotations

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The pages."""

    name = "sync.central.office"
    label = "office"
    verbose_name = "总工会"
