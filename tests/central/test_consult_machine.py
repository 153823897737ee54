"""The board of calls: every order of events from both sides, and that nothing waits for ever."""

from __future__ import annotations

import pytest

from sync.central.consult.machine import Board
from sync.central.consult.pieces import (
    AWAY_S,
    LEFT_S,
    LOST_S,
    REST_S,
    RING_S,
    UNMANNED_S,
    WRITING_S,
    Call,
    Refusal,
)

ENDINGS = {"talked", "left", "no-doctor", "cancelled", "lost", "doctor-lost"}


class Story:
    """A board with a clock, and names that can be read."""

    def __init__(self, *doctors: int) -> None:
        self.now = 0.0
        self.board = Board(0.0)
        for doctor in doctors:
            self.on_duty(doctor)

    def on_duty(self, doctor: int, *languages: str) -> None:
        self.board.desk_came(doctor, languages or ("zh_CN",), self.now)
        self.board.duty(doctor, self.now, on=True)
        self.board.tick(self.now)

    def asks(self, call: str, language: str = "zh_CN") -> Call:
        asked = Call(call, self.now, language)
        self.board.ask(asked, self.now)
        self.board.worker_came(call)
        self.board.tick(self.now)
        return asked

    def later(self, seconds: float) -> None:
        """Time passes, with every deadline on the way."""
        until = self.now + seconds
        self.board.tick(self.now)
        while (at := self.board.next_at()) <= until:
            self.now = max(self.now, at)
            self.board.tick(self.now)
        self.now = until


def test_the_longest_waiting_rings_at_the_doctor_who_is_free_for_longest() -> None:
    story = Story(1)
    story.later(5)
    story.on_duty(2)
    first, second, third = story.asks("a"), story.asks("b"), story.asks("c")
    assert [(one.phase, one.doctor) for one in (first, second, third)] == [
        ("ringing", 1), ("ringing", 2), ("waiting", None),
    ]
    story.board.accept("a", 1, story.now)
    story.board.doctor_ends("a", 1, story.now)
    story.board.ready(1, story.now)
    story.board.tick(story.now)
    assert (first.ending, third.phase, third.doctor) == ("talked", "ringing", 1)


def test_a_ring_goes_on_to_the_next_and_begins_again_after_a_rest() -> None:
    story = Story(1, 2)
    call = story.asks("a")
    story.later(RING_S)
    assert (call.phase, call.doctor, call.rung) == ("ringing", 2, (1,))
    story.later(RING_S)
    assert (call.phase, call.rung) == ("waiting", (1, 2))
    story.later(REST_S)
    assert (call.phase, call.rung) == ("ringing", ())


def test_of_two_who_accept_one_is_told_who_was_first() -> None:
    story = Story(1, 2)
    call = story.asks("a")
    story.board.accept("a", 2, story.now)
    with pytest.raises(Refusal) as refused:
        story.board.accept("a", 1, story.now)
    assert (refused.value.code, refused.value.doctor, call.doctor) == ("taken", 2, 2)
    assert story.board.desks[1].ring is None


def test_who_speaks_the_language_is_rung_first() -> None:
    story = Story(1)
    story.on_duty(2, "ug")
    assert story.asks("a", "ug").doctor == 2


def test_a_call_is_handed_over_when_the_other_takes_it() -> None:
    story = Story(1)
    call = story.asks("a")
    story.board.accept("a", 1, story.now)
    with pytest.raises(Refusal, match="not-free"):
        story.board.hand_over("a", 1, 2, story.now)
    story.on_duty(2)
    story.board.hand_over("a", 1, 2, story.now)
    story.later(RING_S)
    assert (call.doctor, call.offered) == (1, None)
    story.board.hand_over("a", 1, 2, story.now)
    story.on_duty(3)
    with pytest.raises(Refusal, match="taken"):
        story.board.accept("a", 3, story.now)
    story.board.accept("a", 2, story.now)
    story.board.tick(story.now)
    assert (call.phase, call.doctor) == ("talking", 2)
    story.board.ready(1, story.now)
    assert story.board.is_free(story.board.desks[1])


@pytest.mark.parametrize("how", ["ready", "time", "takes", "off"])
def test_nothing_rings_while_notes_are_written(how: str) -> None:
    story = Story(1)
    story.asks("a")
    story.board.accept("a", 1, story.now)
    story.board.doctor_ends("a", 1, story.now)
    call = story.asks("b")
    story.later(WRITING_S - 1)
    assert (call.phase, story.board.is_free(story.board.desks[1])) == ("waiting", False)
    if how == "ready":
        story.board.ready(1, story.now)
        story.later(0)
    elif how == "time":
        story.later(1)
    elif how == "off":
        story.board.duty(1, story.now, on=False)
        story.on_duty(1)
    else:
        story.board.accept("b", 1, story.now)
    assert (call.phase, call.doctor) == ("talking" if how == "takes" else "ringing", 1)


def test_a_ring_that_was_missed_leaves_nothing_to_write() -> None:
    story = Story(1)
    story.asks("a")
    story.board.decline("a", 1, story.now)
    assert story.board.is_free(story.board.desks[1])


def test_nobody_waits_for_a_side_that_says_it_is_broken() -> None:
    story = Story(1)
    call = story.asks("a")
    story.board.accept("a", 1, story.now)
    story.board.worker_lost("a", story.now)
    assert (call.ending, story.board.desks[1].call) == ("lost", None)
    waiting = story.asks("b")
    story.board.worker_lost("b", story.now)
    story.board.worker_lost("b", story.now)
    assert waiting.ending == "left"


@pytest.mark.parametrize(("gone_s", "ending"), [(LOST_S - 1, ""), (LOST_S, "lost")])
def test_a_line_that_comes_back_within_a_minute_ends_nothing(gone_s: float, ending: str) -> None:
    story = Story(1)
    call = story.asks("a")
    story.board.accept("a", 1, story.now)
    story.board.worker_went("a", story.now)
    story.later(gone_s)
    story.board.worker_came("a")
    story.later(RING_S)
    assert call.ending == ending


def test_a_doctor_whose_page_is_gone_is_away_and_the_ring_goes_on() -> None:
    story = Story(1, 2)
    call = story.asks("a")
    story.board.desk_went(1, story.now)
    story.later(AWAY_S)
    assert (1 not in story.board.desks, call.doctor) == (True, 2)
    story.board.accept("a", 2, story.now)
    story.board.desk_went(2, story.now)
    story.later(LOST_S)
    assert (call.ending, story.board.desks) == ("doctor-lost", {})


def test_nobody_on_duty_for_a_minute_ends_what_waits() -> None:
    story = Story(1)
    call = story.asks("a")
    story.board.duty(1, story.now, on=False)
    story.later(UNMANNED_S - 1)
    assert call.phase == "waiting"
    story.later(1)
    assert call.ending == "no-doctor"


def test_a_worker_who_is_gone_leaves_the_queue() -> None:
    story = Story(1)
    call = story.asks("a")
    story.board.worker_went("a", story.now)
    story.later(LEFT_S)
    assert (call.ending, call.doctor, story.board.desks[1].ring) == ("left", None, None)


def test_after_a_start_of_the_office_a_talk_waits_a_minute_for_both() -> None:
    story = Story()
    talk = Call("a", 0.0, phase="talking", doctor=1, accepted_at=0.0)
    ringing = Call("b", 0.0, phase="ringing", doctor=2, rung_at=0.0)
    story.board.load(talk, story.now)
    story.board.load(ringing, story.now)
    story.board.worker_came("a")
    story.board.worker_came("b")
    story.on_duty(1)
    assert (talk.phase, talk.doctor_gone_at, story.board.desks[1].call) == ("talking", None, "a")
    story.on_duty(2)
    assert (ringing.phase, ringing.doctor) == ("ringing", 2)
