"""What time does to calls: rings run out, lines that are gone end what they carried, the next free doctor is rung.

Without I/O; times are seconds of one clock, handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .pieces import (
    AWAY_S,
    INFINITY,
    LEFT_S,
    LOST_S,
    MOST_WAIT_S,
    RING_S,
    UNMANNED_S,
    WRITING_S,
    Call,
    Desk,
)


class Clockwork:
    """All calls that have not ended, and all desks. `tick` does what is due, `next_at` says when that is."""

    def __init__(self, now: float) -> None:
        self.calls: dict[str, Call] = {}
        self.desks: dict[int, Desk] = {}
        self.unmanned_since: float | None = now
        self.changed: dict[str, Call] = {}      # since it was emptied last; ended ones too
        self.moved: set[int] = set()            # desks that changed, likewise

    def load(self, call: Call, now: float) -> None:
        """An unfinished call found again after a start: all lines are gone, a ring begins anew."""
        if call.phase == "ringing":
            call.phase, call.doctor = "waiting", None
        call.worker_gone_at = now
        self.calls[call.call] = call
        if call.phase == "talking" and call.doctor is not None:
            call.doctor_gone_at = now
            self.desks[call.doctor] = Desk(call.doctor, gone_at=now, call=call.call, idle_since=now)
        self._touch(call)

    def tick(self, now: float) -> None:
        """Do what is due, then ring where somebody is free."""
        for desk in list(self.desks.values()):
            self._leave_duty(desk, now)
            if desk.writing_until is not None and desk.writing_until <= now:
                self._has_written(desk, now)
        self._watch_manning(now)
        for call in list(self.calls.values()):
            while self.deadline_of(call) <= now:
                self._run_out(call, now)
        self._ring_free_desks(now)

    def next_at(self) -> float:
        """When `tick` has something to do at the latest; infinity: never."""
        ends = [self.deadline_of(call) for call in self.calls.values()]
        ends += [desk.gone_at + AWAY_S for desk in self.desks.values() if desk.gone_at is not None and not desk.call]
        ends += [desk.writing_until for desk in self.desks.values() if desk.writing_until is not None]
        return min(ends, default=INFINITY)

    def deadline_of(self, call: Call) -> float:
        """When something happens to a call by itself."""
        is_waiting = call.phase in {"waiting", "ringing"}
        return min(call.deadline(), self._given_up_at(call)) if is_waiting else call.deadline()

    def queue(self) -> list[Call]:
        """Who waits or rings, the longest waiting first."""
        waiting = (call for call in self.calls.values() if call.phase in {"waiting", "ringing"})
        return sorted(waiting, key=_by_age)

    def is_free(self, desk: Desk) -> bool:
        """Whether a call may ring there."""
        is_here = desk.on_duty and desk.gone_at is None and desk.writing_until is None
        return is_here and desk.call is None and desk.ring is None

    def on_duty(self) -> Iterator[Desk]:
        """Desks that take calls, now or after the one they are in."""
        return (desk for desk in self.desks.values() if desk.on_duty)

    def _run_out(self, call: Call, now: float) -> None:
        if call.phase == "talking":
            self._talk_runs_out(call, now)
        elif call.worker_gone_at is not None and call.worker_gone_at + LEFT_S <= now:
            self._end(call, "left", now)
        elif min(call.asked_at + MOST_WAIT_S, self._given_up_at(call)) <= now:
            self._end(call, "no-doctor", now)
        elif call.phase == "ringing" and call.doctor is not None:
            self._miss(self.desks[call.doctor], now)
        else:
            call.rung = ()
            self._touch(call)

    def _talk_runs_out(self, call: Call, now: float) -> None:
        if call.worker_gone_at is not None and call.worker_gone_at + LOST_S <= now:
            self._end(call, "lost", now)
        elif call.doctor_gone_at is not None and call.doctor_gone_at + LOST_S <= now:
            self._end(call, "doctor-lost", now)
        elif call.offered is not None and call.offered_at + RING_S <= now:
            self._withdraw(call)
        else:
            self._end(call, "talked", now)

    def _leave_duty(self, desk: Desk, now: float) -> None:
        if desk.gone_at is None or desk.call is not None or desk.gone_at + AWAY_S > now:
            return
        self._miss(desk, now)
        del self.desks[desk.doctor]
        self.moved.add(desk.doctor)

    def _watch_manning(self, now: float) -> None:
        if any(self.on_duty()):
            self.unmanned_since = None
        elif self.unmanned_since is None:
            self.unmanned_since = now

    def _given_up_at(self, call: Call) -> float:
        """When a call that waits ends because nobody is on duty."""
        return INFINITY if self.unmanned_since is None else max(self.unmanned_since, call.asked_at) + UNMANNED_S

    def _ring_free_desks(self, now: float) -> None:
        free = sorted((desk for desk in self.desks.values() if self.is_free(desk)), key=lambda desk: desk.idle_since)
        if not free:
            return
        for call in self.queue():
            if call.phase != "waiting" or call.worker_gone_at is not None:
                continue
            able = [desk for desk in free if desk.doctor not in call.rung]
            if able:
                desk = min(able, key=_speaks(call.language))    # of equals the one idle for longest
                free.remove(desk)
                call.phase, call.doctor, call.rung_at, desk.ring = "ringing", desk.doctor, now, call.call
                self._touch(call)
            if not free:
                return

    def _miss(self, desk: Desk, now: float) -> None:
        """What rings there does so no longer."""
        call = self.calls.get(desk.ring or "")
        desk.ring = None
        self.moved.add(desk.doctor)
        if call is None:
            return
        if call.phase == "ringing":
            call.phase, call.doctor, call.rung_at, call.rung = "waiting", None, now, (*call.rung, desk.doctor)
        elif call.offered == desk.doctor:
            call.offered = None
        self._touch(call)

    def _withdraw(self, call: Call) -> None:
        if call.offered is not None:
            self.desks[call.offered].ring = None
            self.moved.add(call.offered)
            call.offered = None
            self._touch(call)

    def _end(self, call: Call, ending: str, now: float) -> None:
        self._withdraw(call)
        self._free(call.doctor, now)
        call.phase, call.ending, call.ended_at = "ended", ending, now
        if call.accepted_at is None:
            call.doctor = None
        del self.calls[call.call]
        self._touch(call)

    def _free(self, doctor: int | None, now: float) -> None:
        desk = self.desks.get(doctor) if doctor is not None else None
        if desk is not None:
            if desk.call is not None and desk.on_duty:
                desk.writing_until = now + WRITING_S
            desk.call = desk.ring = None
            desk.idle_since = now
            self.moved.add(desk.doctor)

    def _has_written(self, desk: Desk, now: float) -> None:
        desk.writing_until, desk.idle_since = None, now
        self.moved.add(desk.doctor)

    def _touch(self, call: Call) -> None:
        self.changed[call.call] = call
        if call.doctor is not None:
            self.moved.add(call.doctor)


def _by_age(call: Call) -> tuple[float, str]:
    return (call.asked_at, call.call)


def _speaks(language: str) -> Callable[[Desk], bool]:
    return lambda desk: language not in desk.languages
