"""The office app."""

from __future__ import annotations

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The frame of the pages."""

    name = "sync.central.office"
    label = "office"
    verbose_name = "总工会"

    def ready(self) -> None:
        """Bring the frame's own pages."""
        from .room import ROOM  # noqa: PLC0415  # models exist only now
        from .rooms import register  # noqa: PLC0415

        register(ROOM)
