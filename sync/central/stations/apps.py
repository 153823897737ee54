"""The stations app."""

from __future__ import annotations

from django.apps import AppConfig


class StationsConfig(AppConfig):
    """Pages only; what they show is kept by the core."""

    name = "sync.central.stations"
    label = "stations"
    verbose_name = "站点"

    def ready(self) -> None:
        """Bring the pages."""
        from sync.central.office.rooms import register  # noqa: PLC0415  # models exist only now

        from .room import ROOM  # noqa: PLC0415

        register(ROOM)
