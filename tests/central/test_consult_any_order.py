"""The state machine of calls under everything that may happen, in whatever order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import hypothesis.strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from sync.central.consult.pieces import (
    AWAY_S,
    INFINITY,
    LOST_S,
    MOST_TALK_S,
    Call,
    Refusal,
)

from .test_consult_machine import ENDINGS, Story


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes in whatever order: the board stays true, and every call ends when everybody is gone."""

    calls = Bundle("calls")
    doctors = st.integers(1, 3)

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.board = self.story.board
        self.all: list[Call] = []

    @rule(target=calls)
    @precondition(lambda self: len(self.all) < 5)
    def ask(self) -> str:
        call = Call(f"c{len(self.all)}", self.story.now)
        self.all.append(call)
        self.board.ask(call, self.story.now)
        return call.call

    @rule(call=calls)
    def worker_breaks(self, call: str) -> None:
        self.board.worker_lost(call, self.story.now)

    @rule(call=calls)
    def worker_comes(self, call: str) -> None:
        self.board.worker_came(call)

    @rule(call=calls, what=st.sampled_from(["worker_went", "worker_ends"]))
    def worker(self, call: str, what: str) -> None:
        getattr(self.board, what)(call, self.story.now)

    @rule(doctor=doctors)
    def desk_comes(self, doctor: int) -> None:
        self.board.desk_came(doctor, (), self.story.now)

    @rule(doctor=doctors)
    def desk_goes(self, doctor: int) -> None:
        self.board.desk_went(doctor, self.story.now)

    @rule(doctor=doctors, on=st.booleans())
    def duty(self, doctor: int, on: bool) -> None:
        self.allowed(lambda: self.board.duty(doctor, self.story.now, on=on))

    @rule(doctor=doctors, call=calls, what=st.sampled_from(["accept", "accept", "decline", "doctor_ends", "cancel"]))
    def doctor_does(self, doctor: int, call: str, what: str) -> None:
        self.allowed(lambda: getattr(self.board, what)(call, doctor, self.story.now))

    @rule(doctor=doctors, to=doctors, call=calls)
    def hand_over(self, doctor: int, to: int, call: str) -> None:
        self.allowed(lambda: self.board.hand_over(call, doctor, to, self.story.now))

    @rule(doctor=doctors)
    def ready(self, doctor: int) -> None:
        self.allowed(lambda: self.board.ready(doctor, self.story.now))

    @rule(seconds=st.sampled_from([0, 1, 14, 15, 29, 31, 44, 46, 61, 4_000]))
    def time_passes(self, seconds: int) -> None:
        self.story.later(seconds)

    def allowed(self, does: Callable[[], None]) -> None:
        with contextlib.suppress(Refusal):
            does()

    @invariant()
    def everything_has_an_end_and_one_place(self) -> None:
        self.board.tick(self.story.now)
        for call in self.all:
            live = call.call in self.board.calls
            assert live == (call.phase != "ended") == (not call.ending)
            assert live or call.ending in ENDINGS
            if live:
                assert self.story.now < self.board.deadline_of(call) <= self.story.now + MOST_TALK_S
                assert (call.doctor is None) == (call.phase == "waiting")
        for desk in self.board.desks.values():
            ring, talk = self.board.calls.get(desk.ring or ""), self.board.calls.get(desk.call or "")
            assert bool(desk.ring) == bool(ring)
            assert bool(desk.call) == bool(talk)
            assert not (ring and talk)
            assert talk is None or (talk.phase, talk.doctor) == ("talking", desk.doctor)
            assert ring is None or desk.doctor in {ring.doctor if ring.phase == "ringing" else None, ring.offered}
        at_desks = [desk.call for desk in self.board.desks.values() if desk.call]
        talks = [call.call for call in self.board.calls.values() if call.phase == "talking"]
        rings = [call.call for call in self.board.calls.values() if call.phase == "ringing" or call.offered]
        assert sorted(at_desks) == sorted(talks)
        assert sorted(desk.ring for desk in self.board.desks.values() if desk.ring) == sorted(rings)

    def teardown(self) -> None:
        for call in self.all:
            self.board.worker_went(call.call, self.story.now)
        for doctor in list(self.board.desks):
            self.board.desk_went(doctor, self.story.now)
        self.story.later(2 * LOST_S + AWAY_S)
        assert (self.board.calls, self.board.desks, self.board.next_at()) == ({}, {}, INFINITY)


TestAnyOrder = AnyOrder.TestCase
