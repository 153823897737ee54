"""Screens are made once, and beforehand only where somebody may soon be."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kiosk.stage.room import Room
from kiosk.stage.screens import Screens

made: list[str] = []


class FakeScreen:
    """Costs nothing, and tells that it was made."""

    name: ClassVar[str] = ""

    def __init__(self, _stage: object) -> None:
        made.append(self.name)


def kind(name: str) -> Any:
    return type(name, (FakeScreen,), {"name": name})


TEA, CUP, SPOON, SOUP, BOWL = (kind(name) for name in ("tea", "cup", "spoon", "soup", "bowl"))


class TeaRoom(Room[None]):
    """Its door leads to the tea."""

    screens = (TEA, CUP, SPOON)
    at_hand = (TEA,)


class SoupRoom(Room[None]):
    """A scan may lead to either."""

    screens = (SOUP, BOWL)


@pytest.fixture
def screens() -> Screens:
    made.clear()
    return Screens(cast("Any", SimpleNamespace(glances=None)), [TeaRoom(), SoupRoom()], own=(kind("failure"),))


def make_all_that_may_be_wanted(screens: Screens) -> list[str]:
    made.clear()
    for _time in range(10):
        before = len(made)
        screens.warm_up()
        assert len(made) <= before + 1, "a tap waits for one screen at most"
    return list(made)


def test_before_anybody_comes_what_a_door_or_a_scan_leads_to_is_made(screens: Screens) -> None:
    assert make_all_that_may_be_wanted(screens) == ["tea", "soup", "bowl", "failure"]


def test_who_enters_a_room_finds_the_rest_of_it_made(screens: Screens) -> None:
    make_all_that_may_be_wanted(screens)
    tea = screens.get("tea")
    assert make_all_that_may_be_wanted(screens) == ["cup", "spoon"]
    assert screens.get("tea") is tea
    assert make_all_that_may_be_wanted(screens) == []


def test_a_screen_is_made_at_once_when_it_is_wanted_before_its_turn(screens: Screens) -> None:
    screens.get("spoon")
    assert made == ["spoon"]
    assert make_all_that_may_be_wanted(screens) == ["tea", "soup", "bowl", "failure", "cup"]


def test_in_another_language_each_is_made_when_it_is_wanted(screens: Screens) -> None:
    tea = screens.get("tea")
    screens.make_anew()
    assert screens.get("tea") is not tea


def test_two_screens_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="soup"):
        Screens(cast("Any", SimpleNamespace(glances=None)), [SoupRoom()], own=(SOUP,))
