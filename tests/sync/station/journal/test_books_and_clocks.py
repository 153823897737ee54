"""Whatever the clocks of several stations did, each book is where it truly is, once they were right again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol.documents import Copy, Stamp
from sync.protocol.drift import Placed, fold
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved, decode_entry
from tests.chance import tries

from .test_timekeeping import DAY_S, WRONG, Machine

STATIONS = ("330502-01", "330211-01")
LABELS = ("YZ0000001X", "YZ00000028")
_BETWEEN_S = 20.0   # a clock may be 5 s off and nobody says so; no book is carried to another station sooner
_MOVES = st.tuples(st.sampled_from(["borrow", "return", "shelve"]), st.sampled_from(LABELS))
_OTHERS = st.one_of(
    st.tuples(st.just("start"), WRONG),
    st.tuples(st.just("wait"), st.floats(1, 3 * DAY_S)),
    st.tuples(st.sampled_from(["put right", "exchange"]), st.just(0.0)),
)
# Something happens to a clock, then books are moved, by turns: by chance alone few of them would meet.
PLAYS = st.lists(min_size=3, max_size=15, elements=st.tuples(
    st.integers(0, 1), _OTHERS, st.lists(st.tuples(st.integers(0, 1), _MOVES), min_size=1, max_size=4),
))
_EVENTS: Final[Mapping[str, Callable[[str], BookEvent]]] = {
    "borrow": lambda label: BookBorrowed(label=label, due_on=date(2027, 1, 1)),
    "return": lambda label: BookReturned(label=label),
    "shelve": lambda label: BookShelved(label=label),
}


class Moved(NamedTuple):
    """What truly was done with a book: at which station, and in which run of its machine."""

    place: int
    boot: int
    event: BookEvent


class Town:
    """Machines of several stations, whose clocks go wrong each by itself, and the books between them."""

    def __init__(self, folder: Path) -> None:
        self.machines = [Machine(folder / name) for name in self._folders(folder)]
        self.moved: list[Moved] = []

    @staticmethod
    def _folders(folder: Path) -> tuple[str, ...]:
        for name in STATIONS:
            (folder / name).mkdir()
        return STATIONS

    def play(self, place: int, what: str, value: float | str) -> None:
        """One thing that happens at one of the stations, and the time that it takes at all of them."""
        machine = self.machines[place]
        if what in _EVENTS:
            self._move(place, machine, what, str(value))
            self._wait(_BETWEEN_S)
        elif what == "wait":
            self._wait(float(value))
        else:
            if what == "start":     # and the minute that it takes
                self._wait(60.0, but=machine)
            machine.play(what, value)

    def truth(self, label: str) -> tuple[str, str, int]:
        """Status, station and readers of a book as they truly are."""
        moves = [moved for moved in self.moved if moved.event.label == label]
        if not moves:
            return "on_shelf", "", 0
        last = moves[-1]
        status = "on_loan" if isinstance(last.event, BookBorrowed) else "on_shelf"
        return status, STATIONS[last.place], sum(isinstance(moved.event, BookBorrowed) for moved in moves)

    def was_put_right(self, label: str) -> bool:
        """Whether each machine that moved this book had its clock right before it was switched off."""
        moves = [moved for moved in self.moved if moved.event.label == label]
        return all(moved.boot in self.machines[moved.place].right for moved in moves)

    def told(self, place: int) -> list[Placed]:
        """The station's book events as the office places them: the moment as written, and the slip told beside it."""
        journal = self.machines[place].store.journal
        slips = {seq: by_s for first, last, by_s in journal.slips("e", 1, 9_999) for seq in range(first, last + 1)}
        placed: list[Placed] = []
        for line in journal.pending("e", 9_999, 9_999_999):
            entry = decode_entry(line)
            if isinstance(entry.event, BookBorrowed | BookReturned | BookShelved):
                at = datetime.fromtimestamp(entry.at.timestamp() + slips[entry.seq], UTC)
                placed.append(Placed(Stamp(at, STATIONS[place], "e", entry.seq), entry.event))
        return placed

    def close(self) -> None:
        """Let go of the stores."""
        for machine in self.machines:
            machine.store.close()

    def _move(self, place: int, machine: Machine, what: str, label: str) -> None:
        event = _EVENTS[what](label)
        machine.store.journal.append(event, at=machine.clock.now(), subject=label)
        self.moved.append(Moved(place, machine.boot, event))

    def _wait(self, seconds: float, but: Machine | None = None) -> None:
        for machine in self.machines:
            if machine is not but:
                machine.play("wait", seconds)


@given(PLAYS, st.randoms(use_true_random=False))
@settings(max_examples=tries(30), deadline=None)
def test_every_book_is_where_it_truly_is_once_the_clocks_were_right_again(
    plays: list[tuple[int, tuple[str, float | str], list[tuple[int, tuple[str, str]]]]], random: Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder))
        for place, (what, value), moves in plays:
            town.play(place, what, value)
            for there, (move, label) in moves:
                town.play(there, move, label)
        for place in range(len(STATIONS)):
            town.play(place, "exchange", 0.0)
        told = [placed for place in range(len(STATIONS)) for placed in town.told(place)]
        random.shuffle(told)
        for label in LABELS:
            copy = fold(Copy(label=label), told)
            status, station, loans = town.truth(label)
            assert copy.loans == loans
            if town.was_put_right(label):
                assert (copy.status, copy.station) == (status, station)
        town.close()


def test_a_clock_two_hours_behind_does_not_leave_a_book_where_it_was_borrowed(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.play(1, "start", -7_200.0)
    town.play(0, "borrow", LABELS[0])
    town.play(1, "return", LABELS[0])
    town.play(1, "put right", 0.0)
    told = [*town.told(1), *town.told(0)]
    copy = fold(Copy(label=LABELS[0]), told)
    assert (copy.status, copy.station) == ("on_shelf", STATIONS[1])
    town.close()
