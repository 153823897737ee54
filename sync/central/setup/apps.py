"""The set-up app."""

from __future__ import annotations

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Pass sheets as stations sign them."""

    name = "sync.central.setup"
    label = "setup"
    verbose_name = "验收"

    def ready(self) -> None:
        """Have sheets followed, and bring the pages."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .following import follow_tests, forget_tests  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        register(follow_tests, forget=forget_tests)
        rooms.register(ROOM)
