from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

import kiosk
from kiosk.parts import ROOMS, open_rooms
from kiosk.stage.room import Room


def test_every_room_there_is_stands_in_the_one_list() -> None:
    folders = {path.parent.name for path in Path(kiosk.__file__).parent.glob("*/room.py")}
    assert set(ROOMS) == folders - {"stage", "home"}
    assert len(ROOMS) == len(set(ROOMS))


def test_a_room_is_made_for_each_with_home_first() -> None:
    rooms = open_rooms()
    assert all(isinstance(room, Room) for room in rooms)
    assert [kind.name for kind in rooms[0].screens] == ["home"]


def test_no_two_screens_have_one_name_and_every_door_leads_somewhere() -> None:
    names = [kind.name for room in open_rooms() for kind in room.screens]
    assert len(names) == len(set(names))
    assert {entry.opens for room in open_rooms() for entry in room.bar()} <= set(names)
