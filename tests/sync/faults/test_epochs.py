"""A journal that two disks went on writing, and an office that forgot which of them it had believed.

`play.finish` checks each story: every event is in the office, and none is taken for stored that is not.
"""

from __future__ import annotations

import pytest

from . import disks
from .play import Play
from .stories import on_sqlite, story
from .test_line import states
from .world import StationFolder

pytestmark = pytest.mark.slow


def _turned(play: Play, folder: StationFolder, count: int) -> None:
    folder.kiosk.append(count)
    play.turn(folder)


def _parted(play: Play) -> tuple[StationFolder, StationFolder]:
    """A station whose office has a backup of its first ten events, and its twin, whose next three are stored."""
    original = play.settle()
    _turned(play, original, 10)
    play.back_up_office()
    twin = disks.twin(play, original)
    _turned(play, twin, 3)
    return original, twin


@on_sqlite
@story
def test_events_of_a_former_epoch_are_not_taken_for_stored_when_another_disk_has_their_numbers(play: Play) -> None:
    original, twin = _parted(play)
    play.enrol(twin, again=True)
    play.restore_office()
    _turned(play, original, 3)
    play.enrol(twin, again=True)
    play.turn(twin)
    assert states(twin) == {"acked"}


@on_sqlite
@story
def test_events_of_the_present_epoch_are_not_taken_for_stored_when_another_disk_has_their_numbers(play: Play) -> None:
    original, twin = _parted(play)
    play.restore_office()
    _turned(play, original, 3)
    _turned(play, twin, 2)


@on_sqlite
@story
def test_some_numbers_of_another_disk_between_our_own_are_found(play: Play) -> None:
    original, twin = _parted(play)
    play.restore_office()
    _turned(play, original, 2)
    _turned(play, twin, 1)


@on_sqlite
@story
def test_events_of_three_epochs_come_again_after_the_office_went_back(play: Play) -> None:
    original, twin = _parted(play)
    for _ in range(2):
        play.enrol(twin, again=True)
        _turned(play, twin, 3)
    play.restore_office()
    _turned(play, original, 4)
    play.enrol(twin, again=True)
    play.turn(twin)


@on_sqlite
@story
def test_an_office_that_goes_back_twice_gets_everything_again(play: Play) -> None:
    original, twin = _parted(play)
    play.enrol(twin, again=True)
    for _ in range(2):
        play.restore_office()
        _turned(play, original, 3)
        play.enrol(twin, again=True)
        _turned(play, twin, 2)


@on_sqlite
@story
def test_a_disk_restored_in_a_former_epoch_takes_no_others_events_for_its_own(play: Play) -> None:
    original, twin = _parted(play)
    twin.back_up()
    play.enrol(twin, again=True)
    _turned(play, twin, 2)
    play.restore_office()
    _turned(play, original, 3)
    disks.restore(play, twin)
    _turned(play, twin, 2)


@on_sqlite
@story
def test_a_disk_in_a_new_machine_enrolled_as_the_same_station_compares_its_former_epochs(play: Play) -> None:
    original, twin = _parted(play)
    twin.install = "new machine"
    play.enrol(twin, again=True)
    play.restore_office()
    _turned(play, original, 3)
    play.enrol(twin, again=True)
    play.turn(twin)
