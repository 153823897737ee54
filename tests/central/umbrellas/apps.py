from __future__ import annotations

from django.apps import AppConfig


class UmbrellasConfig(AppConfig):
    name = "tests.central.umbrellas"
    label = "umbrellas"

    def ready(self) -> None:
        from sync.central.office.rooms import register

        from .room import ROOM

        register(ROOM)
