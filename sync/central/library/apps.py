"""The library app."""

from __future__ import annotations

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Titles, copies, moves."""

    name = "sync.central.library"
    label = "library"
    verbose_name = "图书漂流"

    def ready(self) -> None:
        """Have book events followed, and bring what the pages say of them."""
        from sync.central.core.projecting.read_models import register  # noqa: PLC0415  # models exist only now
        from sync.central.office import rooms  # noqa: PLC0415

        from .following import follow_books, forget_moves, renew_copies  # noqa: PLC0415
        from .room import ROOM  # noqa: PLC0415

        register(follow_books, forget=forget_moves, renew=renew_copies)
        rooms.register(ROOM)
