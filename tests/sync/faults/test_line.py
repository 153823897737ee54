"""What the line does to a request: after each, nothing is lost, doubled or stuck."""

from __future__ import annotations

import pytest

from sync.station.identity import store_path

from .invariants import read_journal
from .play import Play
from .stories import on_sqlite, story
from .weather import Fault
from .world import StationFolder

pytestmark = pytest.mark.slow


def states(folder: StationFolder) -> set[str]:
    return {row.state for row in read_journal(store_path(folder.data))}


def stored(play: Play, folder: StationFolder) -> int:
    return len([event for event in play.town.office_side().events if event.station == folder.station])


def meets(play: Play, *faults: Fault | str, turns: int = 1) -> StationFolder:
    """Three events on their way when this happens; afterwards they wait and nothing else is known."""
    folder = play.settle()
    folder.kiosk.append(3)
    play.order(folder, *faults)
    play.turn(folder, turns)
    return folder


@on_sqlite
@story
def test_cut_before_the_office_saw_it_keeps_everything(play: Play) -> None:
    folder = meets(play, "cut-before-office")
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 0, "SYNC-LINE")


@story
def test_reply_lost_after_commit_doubles_nothing(play: Play) -> None:
    folder = meets(play, "reply-lost")
    assert (states(folder), stored(play, folder)) == ({"pending"}, 3)
    folder.kiosk.append(2)
    play.turn(folder)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 5)


@story
def test_half_a_request_stores_nothing(play: Play) -> None:
    folder = meets(play, Fault("half-request", 0.9))
    assert (states(folder), stored(play, folder)) == ({"pending"}, 0)


@on_sqlite
@story
def test_half_a_reply_is_no_success(play: Play) -> None:
    folder = play.settle()
    for count, share in enumerate((0.05, 0.5, 0.95), 1):
        folder.kiosk.append(1)
        play.order(folder, Fault("half-reply", share))
        play.turn(folder)
        assert (stored(play, folder), folder.failing() in {"SYNC-LINE", "SYNC-WIRE"}) == (count, True)
        assert "pending" in states(folder)
        play.turn(folder)
        assert states(folder) == {"acked"}


@story
def test_a_request_told_twice_is_stored_once(play: Play) -> None:
    folder = meets(play, "repeated")
    assert (states(folder), stored(play, folder)) == ({"acked"}, 3)
    folder.kiosk.append(2)
    play.order(folder, "repeated-second")
    play.turn(folder)
    assert stored(play, folder) == 5


@on_sqlite
@story
def test_an_old_request_told_late_changes_nothing(play: Play) -> None:
    """Given up by the station, overtaken by a newer one with more events, and only then told."""
    folder = meets(play, Fault("late", 2))
    folder.kiosk.append(4)
    play.turn(folder, 4)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 7)


@story
def test_an_answered_request_told_again_after_a_restore_changes_nothing(play: Play) -> None:
    """The office has forgotten the nonce with everything else, and takes the old bytes for new ones."""
    folder = play.settle()
    play.back_up_office()
    folder.kiosk.append(3)
    play.order(folder, Fault("late-copy", 1))
    play.turn(folder)
    play.restore_office()
    folder.kiosk.append(2)
    play.turn(folder, 3)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 5)


@on_sqlite
@story
def test_a_request_told_late_after_enrolling_again_changes_nothing(play: Play) -> None:
    folder = meets(play, Fault("late", 3))
    play.enrol(folder, again=True)
    play.turn(folder, 3)


@on_sqlite
@story
def test_a_slow_line_drains(play: Play) -> None:
    folder = meets(play, *[Fault("slow", 0.2)] * 3, turns=3)
    folder.kiosk.append(30)


@on_sqlite
@story
def test_a_line_cut_upwards_keeps_everything(play: Play) -> None:
    folder = meets(play, "up-cut")
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 0, "SYNC-LINE")


@on_sqlite
@story
def test_a_line_cut_downwards_doubles_nothing(play: Play) -> None:
    folder = meets(play, "down-cut", "down-cut", turns=2)
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 3, "SYNC-LINE")


@on_sqlite
@story
def test_portal_page_with_200_is_no_success(play: Play) -> None:
    folder = meets(play, "portal-200")
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 0, "SYNC-WIRE")


@on_sqlite
@story
def test_portal_with_302_or_511_is_no_success(play: Play) -> None:
    folder = meets(play, "portal-302")
    assert (states(folder), folder.failing()) == ({"pending"}, "SYNC-WIRE")
    play.order(folder, "portal-511")
    play.turn(folder)
    assert (states(folder), folder.failing()) == ({"pending"}, "SYNC-WIRE")


@on_sqlite
@story
def test_a_firewalls_403_revokes_nobody(play: Play) -> None:
    folder = meets(play, "firewall-403")
    assert (states(folder), folder.failing()) == ({"pending"}, "SYNC-WIRE")
    play.turn(folder)
    assert states(folder) == {"acked"}


@on_sqlite
@story
def test_a_storm_of_429_and_503_is_waited_out(play: Play) -> None:
    storm = ("busy-503", Fault("busy-503-retry-after", 7), "busy-429", Fault("busy-429-retry-after", 7), "gateway-502")
    folder = meets(play, *storm * 3, turns=15)
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 0, "SYNC-BUSY")


@on_sqlite
@story
def test_a_408_is_tried_again(play: Play) -> None:
    folder = meets(play, "timeout-408")
    assert (states(folder), bool(folder.failing())) == ({"pending"}, True)
    play.turn(folder)
    assert (states(folder), folder.failing()) == ({"acked"}, "")


@on_sqlite
@story
def test_a_413_halves_the_batch_until_it_fits(play: Play) -> None:
    folder = play.settle()
    folder.kiosk.append(200)
    play.order(folder, *[Fault("too-large-413", 2_000)] * 40)
    play.turn(folder)
    assert (states(folder), stored(play, folder)) == ({"acked"}, 200)


@on_sqlite
@story
def test_garbage_in_place_of_a_reply_is_no_success(play: Play) -> None:
    folder = meets(play, "garbage-gzip")
    assert (states(folder), folder.failing()) == ({"pending"}, "SYNC-WIRE")
    play.order(folder, "garbage-json")
    play.turn(folder)
    assert (states(folder), folder.failing()) == ({"pending"}, "SYNC-WIRE")


@on_sqlite
@story
def test_a_turned_bit_is_found_either_way(play: Play) -> None:
    folder = meets(play, Fault("bit-rot-up", 0.5))
    assert (states(folder), stored(play, folder)) == ({"pending"}, 0)
    play.order(folder, Fault("bit-rot-down", 0.5))
    play.turn(folder)
    assert (states(folder), stored(play, folder), folder.failing()) == ({"pending"}, 3, "SYNC-WIRE")
