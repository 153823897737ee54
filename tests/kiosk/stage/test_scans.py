"""Codes are handed to the room that takes them; the desk itself knows none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from devices.codes import CopyLabel, Isbn, Unknown
from kiosk.clock import FakeClock
from kiosk.stage.room import Room, Take
from kiosk.stage.scans import ScanDesk

LABEL = b"YZ0000001X"


class FakeStage:
    """Remembers what was played."""

    glances = None

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.played: list[str] = []

    def play(self, earcon: str) -> None:
        self.played.append(earcon)


class Taker(Room[None]):
    """Takes the kinds it is told to."""

    def __init__(self, *kinds: type, rest: bool = False) -> None:
        self.taken: list[tuple[object, str]] = []
        self._kinds = kinds
        self._rest = rest

    def takes(self) -> Mapping[type, Take]:
        return dict.fromkeys(self._kinds, self._take)

    def takes_rest(self) -> Take | None:
        return self._take if self._rest else None

    def _take(self, _stage: object, code: object, intent: str) -> None:
        self.taken.append((code, intent))


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def desk_of(stage: Any) -> Callable[..., ScanDesk]:
    return lambda *rooms: ScanDesk(stage, rooms)


def test_a_code_goes_to_the_room_that_takes_it(desk_of: Callable[..., ScanDesk]) -> None:
    books, titles = Taker(CopyLabel), Taker(Isbn)
    desk_of(books, titles).take(LABEL, "borrow")
    assert books.taken == [(CopyLabel("YZ0000001X"), "borrow")]
    assert titles.taken == []


def test_what_no_room_takes_goes_to_the_one_that_takes_the_rest(desk_of: Callable[..., ScanDesk]) -> None:
    books, rest = Taker(CopyLabel), Taker(rest=True)
    desk_of(books, rest).take(b"6901234567892", "")
    assert [type(code) for code, _intent in rest.taken] == [Unknown]


def test_without_such_a_room_it_sounds_like_a_refusal(desk_of: Callable[..., ScanDesk], stage: FakeStage) -> None:
    desk_of(Taker(Isbn)).take(LABEL, "")
    assert stage.played == ["no"]


def test_two_rooms_cannot_take_the_same_kind(desk_of: Callable[..., ScanDesk]) -> None:
    with pytest.raises(ValueError, match="CopyLabel is taken by two rooms"):
        desk_of(Taker(CopyLabel), Taker(CopyLabel))
    with pytest.raises(ValueError, match="two rooms take what is left"):
        desk_of(Taker(rest=True), Taker(rest=True))


def test_the_same_code_within_five_seconds_is_one_scan(desk_of: Callable[..., ScanDesk], stage: FakeStage) -> None:
    books = Taker(CopyLabel)
    desk = desk_of(books)
    desk.take(LABEL, "")
    stage.clock.move(4)
    desk.take(LABEL, "")
    assert len(books.taken) == 1
    assert stage.played == ["tick"]
    desk.forget()
    desk.take(LABEL, "")
    assert len(books.taken) == 2
