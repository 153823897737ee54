"""The faults app."""

from __future__ import annotations

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    """Reports, and what staff did about them."""

    name = "sync.central.faults"
    label = "faults"
    verbose_name = "报修"

    def ready(self) -> None:
        """Have reports followed, and bring the pages."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .following import follow_reports, forget_reports  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        register(follow_reports, forget=forget_reports)
        rooms.register(ROOM)
