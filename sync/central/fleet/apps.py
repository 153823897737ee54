"""The fleet app."""

from __future__ import annotations

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """Releases, and commands to stations."""

    name = "sync.central.fleet"
    label = "fleet"
    verbose_name = "更新"

    def ready(self) -> None:
        """Have what stations tell of updates and commands followed, and bring the pages."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .following import follow_fleet, forget_fleet  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        register(follow_fleet, forget=forget_fleet)
        rooms.register(ROOM)
