"""Codes are handed to the room that takes them; the desk itself knows none."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import permutations
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from devices.codes import CopyLabel, Isbn, Unknown, format_label, make_label
from kiosk.clock import FakeClock
from kiosk.stage.room import Room, Take
from kiosk.stage.scans import MOST_WAITING, ScanDesk

LABEL, ISBN = b"YZ0000001X", b"9787506365437"


class FakeStage:
    """Remembers what was played and missed."""

    glances = None

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.step = SimpleNamespace(word="borrow")
        self.played: list[str] = []
        self.missed: list[str] = []

    def play(self, earcon: str) -> None:
        self.played.append(earcon)

    def miss(self, names: Sequence[str]) -> None:
        self.missed += names


class FakeWait:
    """A timer that goes off when it is told to."""

    def __init__(self) -> None:
        self._work: Callable[[], object] | None = None

    def __call__(self, work: Callable[[], object], _after_s: float) -> FakeWait:
        self._work = work
        return self

    def cancel(self) -> None:
        self._work = None

    def is_over(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work()


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


class Bench:
    """A desk that hands out at once, and its timer."""

    def __init__(self, stage: Any, *rooms: Room[Any], is_busy: bool = False) -> None:
        self.wait = FakeWait()
        self.is_busy = is_busy
        self.desk = ScanDesk(stage, rooms, self.hand_out, self.wait)

    def hand_out(self) -> None:
        if not self.is_busy:
            self.desk.hand_out()

    def scan(self, *frames: bytes) -> None:
        """All in one pull of the trigger."""
        for frame in frames:
            self.desk.arrive(frame)
        self.wait.is_over()


class Books(Taker):
    beside: ClassVar[Mapping[type, Collection[type]]] = {CopyLabel: (Isbn, Unknown)}


def test_a_code_goes_to_the_room_that_takes_it(stage: FakeStage) -> None:
    books, titles = Taker(CopyLabel), Taker(Isbn)
    Bench(stage, books, titles).scan(LABEL)
    assert books.taken == [(CopyLabel("YZ0000001X"), "borrow")]
    assert titles.taken == []


def test_what_no_room_takes_goes_to_the_one_that_takes_the_rest(stage: FakeStage) -> None:
    books, rest = Taker(CopyLabel), Taker(rest=True)
    Bench(stage, books, rest).scan(b"6901234567892")
    assert [type(code) for code, _intent in rest.taken] == [Unknown]


def test_without_such_a_room_it_sounds_like_a_refusal(stage: FakeStage) -> None:
    Bench(stage, Taker(Isbn)).scan(LABEL)
    assert stage.played == ["no"]


def test_two_rooms_cannot_take_the_same_kind(stage: FakeStage) -> None:
    with pytest.raises(ValueError, match="CopyLabel is taken by two rooms"):
        Bench(stage, Taker(CopyLabel), Taker(CopyLabel))
    with pytest.raises(ValueError, match="two rooms take what is left"):
        Bench(stage, Taker(rest=True), Taker(rest=True))


def test_the_same_code_within_five_seconds_is_one_scan(stage: FakeStage) -> None:
    books = Taker(CopyLabel)
    bench = Bench(stage, books)
    bench.scan(LABEL)
    stage.clock.move(4)
    bench.scan(LABEL)
    assert len(books.taken) == 1
    assert stage.played == ["tick"]
    bench.desk.forget()
    bench.scan(LABEL)
    assert len(books.taken) == 2


@pytest.mark.parametrize("frames", list(permutations([LABEL, ISBN, b"T0012345"])))
def test_a_book_with_three_codes_is_its_label(stage: FakeStage, frames: Sequence[bytes]) -> None:
    books = Books(CopyLabel, Isbn, rest=True)
    bench = Bench(stage, books)
    bench.scan(*frames)
    bench.scan(*frames)
    assert [code for code, _intent in books.taken] == [CopyLabel("YZ0000001X")]


def test_two_books_at_one_pull_are_two(stage: FakeStage) -> None:
    books = Books(CopyLabel, Isbn, rest=True)
    Bench(stage, books).scan(LABEL, b"YZ00000036")
    assert len(books.taken) == 2


def test_a_qr_of_several_lines_is_one_unknown_scan(stage: FakeStage) -> None:
    rest = Books(CopyLabel, Isbn, rest=True)
    Bench(stage, rest).scan(b"BEGIN:VCARD", b"N:Zhang", ISBN, b"END:VCARD")
    assert [code for code, _intent in rest.taken] == [Unknown("BEGIN:VCARDN:Zhang9787506365437END:VCARD")]


def test_more_than_can_wait_ticks_and_is_named(stage: FakeStage) -> None:
    books = Books(CopyLabel, Isbn, rest=True)
    bench = Bench(stage, books, is_busy=True)
    labels = [make_label(number) for number in range(MOST_WAITING + 2)]
    bench.scan(*(label.encode() for label in labels))
    assert MOST_WAITING >= 20
    assert stage.played == ["tick", "tick"]
    assert stage.missed == [format_label(label) for label in labels[MOST_WAITING:]]
    while bench.desk.has_waiting:
        bench.desk.hand_out()
    assert [code.label for code, _intent in books.taken if isinstance(code, CopyLabel)] == labels[:MOST_WAITING]
