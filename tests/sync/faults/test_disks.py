"""Disks that are full, read-only, copied or restored, on either side; clocks; and poison."""

from __future__ import annotations

from functools import partial

import pytest

from sync.station.identity import store_path

from . import disks
from .invariants import read_journal
from .kiosk import POISONS
from .play import TEN_YEARS_S, Play
from .run import publish_many, work_on_documents
from .stories import on_sqlite, story
from .test_line import states, stored
from .world import StationFolder

pytestmark = pytest.mark.slow


def epochs(folder: StationFolder) -> int:
    return len({row.epoch for row in read_journal(store_path(folder.data))})


@on_sqlite
@story
def test_full_disk_at_the_station_refuses_loses_nothing_and_goes_on(play: Play) -> None:
    folder = play.settle()
    for room in (0, 8_192, 40_000):
        disks.fill(play, folder, room)
    folder.kiosk.append(3)
    play.turn(folder)
    assert states(folder) == {"acked"}


@story
def test_full_disk_or_read_only_database_at_the_office_loses_nothing_and_goes_on(play: Play) -> None:
    folder = play.settle()
    folder.kiosk.append(300)
    play.office_without_writing(partial(play.turn, folder))
    assert ("pending" in states(folder), folder.failing()) == (True, "SYNC-BUSY")
    play.turn(folder)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 300)


@on_sqlite
@story
def test_read_only_database_at_the_station_loses_nothing_and_goes_on(play: Play) -> None:
    folder = play.settle()
    folder.kiosk.append(3)
    with disks.read_only(folder):
        play.turn(folder, 2)
    assert states(folder) == {"pending"}
    play.turn(folder)
    assert states(folder) == {"acked"}


@on_sqlite
@story
def test_clock_ten_years_off_either_way_loses_nothing(play: Play) -> None:
    folder = play.settle()
    for skew_s in (TEN_YEARS_S, -TEN_YEARS_S, 0.0, 400.0):
        folder.skew_s = skew_s
        folder.kiosk.append(5, skew_s=skew_s)
        play.turn(folder)
        assert (states(folder), folder.failing()) == ({"acked"}, "")


@on_sqlite
@story
def test_clock_that_jumps_while_events_wait_loses_nothing(play: Play) -> None:
    folder = play.settle()
    for skew_s in (0.0, TEN_YEARS_S, -TEN_YEARS_S, 0.0):
        folder.skew_s = skew_s
        folder.kiosk.append(5, skew_s=skew_s)
    play.turn(folder)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 20)


@on_sqlite
@story
def test_cloned_disk_is_refused_keeps_everything_and_becomes_a_station_of_its_own(play: Play) -> None:
    original = play.settle()
    original.kiosk.append(3)
    play.turn(original)
    clone = disks.clone(play, original, "another machine")
    clone.kiosk.append(4)
    play.turn(clone)
    assert (clone.failing(), stored(play, original)) == ("SYNC-CLONED", 3)
    clone.station = clone.line
    play.enrol(clone, again=True)
    play.turn(clone)
    assert (states(clone), stored(play, original), stored(play, clone)) == ({"acked"}, 3, 4)


@story
def test_cloned_disk_in_a_machine_alike_is_found_by_digest(play: Play) -> None:
    original = play.settle()
    original.kiosk.append(2)
    twin = disks.twin(play, original)
    for folder in (original, twin, original, twin):
        folder.kiosk.append(2)
        play.turn(folder)
    assert (epochs(original) + epochs(twin) > 2, states(original), states(twin)) == (True, {"acked"}, {"acked"})


@on_sqlite
@story
def test_backup_restored_at_the_station_opens_a_new_epoch(play: Play) -> None:
    folder = play.settle()
    folder.kiosk.append(3)
    play.turn(folder)
    folder.back_up()
    folder.kiosk.append(3)
    play.turn(folder)
    disks.restore(play, folder)
    folder.kiosk.append(2)
    play.turn(folder)
    assert (epochs(folder), states(folder), stored(play, folder)) == (2, {"acked"}, 8)


@on_sqlite
@story
def test_backup_restored_at_the_station_then_enrolled_again_loses_nothing(play: Play) -> None:
    """What was appended after the restore has numbers that the office knows from before."""
    folder = play.settle()
    folder.kiosk.append(3)
    folder.back_up()
    folder.kiosk.append(3)
    play.turn(folder)
    disks.restore(play, folder)
    folder.kiosk.append(2)
    play.enrol(folder, again=True)
    play.turn(folder)


@story
def test_backup_restored_at_the_office_gets_everything_again(play: Play) -> None:
    folder = play.settle(2)
    folder.kiosk.append(5)
    play.turn(folder)
    play.back_up_office()
    folder.kiosk.append(5)
    play.staff(partial(work_on_documents, 7))
    play.turn(folder)
    play.restore_office()
    assert stored(play, folder) == 5
    play.turn(folder)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 10)


@story
def test_backup_restored_at_the_office_from_before_a_station_enrolled_again(play: Play) -> None:
    """The office knows only the old key and the old epoch; what it acknowledged in both must come again."""
    folder = play.settle()
    folder.kiosk.append(2)
    play.turn(folder)
    play.back_up_office()
    folder.kiosk.append(3)
    play.turn(folder)
    play.enrol(folder, again=True)
    folder.kiosk.append(4)
    play.turn(folder)
    play.restore_office()
    play.turn(folder)
    assert folder.failing() == "SYNC-REFUSED"
    play.enrol(folder, again=True)
    play.turn(folder)


@on_sqlite
@story
def test_backup_restored_at_the_office_from_before_a_journal_forked(play: Play) -> None:
    """What was acknowledged in the old epoch after the backup must come again, although another epoch is open."""
    folder = play.settle()
    folder.kiosk.append(2)
    play.turn(folder)
    play.back_up_office()
    folder.kiosk.append(3)
    play.turn(folder)
    folder.back_up()
    folder.kiosk.append(1)
    play.turn(folder)
    disks.restore(play, folder)
    folder.kiosk.append(2)
    play.turn(folder)
    assert (epochs(folder), states(folder)) == (2, {"acked"})
    play.restore_office()


@story
def test_backup_restored_at_the_office_more_than_once(play: Play) -> None:
    folder = play.settle()
    for _ in range(2):
        folder.kiosk.append(3)
        play.turn(folder)
        play.back_up_office()
        for _ in range(2):
            folder.kiosk.append(2)
            play.turn(folder)
            play.restore_office()


@story
def test_poison_as_first_middle_and_last_event_blocks_nothing(play: Play) -> None:
    folder = play.settle()
    for kind in POISONS:
        for before, after in ((0, 3), (2, 2), (3, 0), (0, 0)):
            folder.kiosk.append(before)
            folder.kiosk.poison(kind)
            folder.kiosk.append(after)
            play.turn(folder)
            assert (kind, states(folder) - {"rejected"}) == (kind, {"acked"})
    assert [row.state for row in read_journal(store_path(folder.data))].count("rejected") == 4 * 4


@on_sqlite
@story
def test_poison_carried_into_a_new_epoch_blocks_nothing(play: Play) -> None:
    folder = play.settle()
    folder.kiosk.append(3)
    for kind in POISONS:
        folder.kiosk.poison(kind)
        play.enrol(folder, again=True)
        folder.kiosk.append(1)
    play.turn(folder)


@on_sqlite
@story
def test_poison_alone_in_a_new_epoch_blocks_nothing(play: Play) -> None:
    """Its line still says a number of the old epoch, which is another event's in the new one."""
    folder = play.settle()
    folder.kiosk.append(3)
    play.turn(folder)
    folder.kiosk.poison("line")
    play.enrol(folder, again=True)
    for _ in range(6):
        play.turn(folder)
        folder.kiosk.append(1)
    play.turn(folder)
    assert states(folder) == {"acked", "rejected"}


@story
def test_documents_of_every_scope_are_equal_after_moves_and_restarts(play: Play) -> None:
    folder = play.settle(3)
    play.staff(partial(publish_many, 1_200))
    play.turn(folder)
    play.ended(play.town.run_command("snapshot"), "snapshot")
    for seed in range(6):
        play.staff(partial(work_on_documents, seed))
    disks.restore(play, folder)
    play.back_up_office()
    play.staff(partial(work_on_documents, 99))
    play.turn(folder)
    play.restore_office()
