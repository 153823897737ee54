"""The parts a kiosk is put together from, and what a test may put in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from devices.base import Scanner
from kiosk.home.room import ROOM as HOME
from kiosk.stage.room import AnyRoom
from kiosk.ui.sounds import Sounds
from sync.station.host.client import Host

# The services of a station, in the order of their doors: folders beside this file, each with a `room.py`.
ROOMS: Final = (
    "checkin",
    "lending",
    "consultation",
    "faults",
    "cards",
    "setup",
)


def open_rooms() -> list[AnyRoom]:
    """Home, and the room of each service."""
    return [HOME, *(import_module(f"kiosk.{name}.room").ROOM for name in ROOMS)]


class Parts(msgspec.Struct, frozen=True):
    """What a test may put in place of the real parts; None is the real one."""

    scanners: Sequence[Scanner] | None = None
    rooms: Sequence[AnyRoom] | None = None              # home first
    send: Callable[[Path, str], object] | None = None   # to the virtual scanner of a demo
    sounds: Sounds | None = None
    host: Host | None = None                            # the door to the machine
