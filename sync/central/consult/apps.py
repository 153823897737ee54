"""The consultation app."""

from __future__ import annotations

from django.apps import AppConfig


class ConsultConfig(AppConfig):
    """Calls, the desk, records."""

    name = "sync.central.consult"
    label = "consult"
    verbose_name = "视频看医生"

    def ready(self) -> None:
        """Have what stations tell followed; bring the pages; open the stations' doors, and the lines of both sides."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .doors import open_doors  # noqa: PLC0415
        from .following import follow_calls, forget_calls  # noqa: PLC0415
        from .hearing import open_lines  # noqa: PLC0415
        from .provider import find_provider  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        find_provider()     # or the office does not start
        register(follow_calls, forget=forget_calls)
        rooms.register(ROOM)
        open_doors()
        open_lines()
