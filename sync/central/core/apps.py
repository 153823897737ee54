"""The core app."""

from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Stations, journals, documents."""

    name = "sync.central.core"
    label = "core"
    verbose_name = "驿站与同步"
