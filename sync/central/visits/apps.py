"""The visits app."""

from __future__ import annotations

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Daily counts."""

    name = "sync.central.visits"
    label = "visits"
    verbose_name = "服务人次"

    def ready(self) -> None:
        """Have check-ins counted, and bring what the pages say of them."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .counting import count_visits, forget_visits  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        register(count_visits, forget=forget_visits)
        rooms.register(ROOM)
