"""What may follow what in a call, who is rung next, and until when: the whole board, without I/O.

Every method may be called at any time, in any order; what cannot be is refused with a word, and nothing else
changes. Whoever calls ticks afterwards. Every call that has not ended has a deadline.
"""

from __future__ import annotations

from .clockwork import Clockwork
from .pieces import Call, Desk, Refusal


class Board(Clockwork):
    """What workers and doctors do."""

    def ask(self, call: Call, now: float) -> None:
        """A worker waits; the line comes later, or not at all."""
        if call.call not in self.calls:
            call.worker_gone_at = now
            self.calls[call.call] = call
            self._touch(call)

    def worker_came(self, call_id: str) -> None:
        """The worker's line is up."""
        call = self.calls.get(call_id)
        if call is not None:
            call.worker_gone_at = None
            self._touch(call)

    def worker_went(self, call_id: str, heard_at: float) -> None:
        """The worker's line is gone; nothing was heard of it since."""
        call = self.calls.get(call_id)
        if call is not None and call.worker_gone_at is None:
            call.worker_gone_at = heard_at
            self._touch(call)

    def worker_ends(self, call_id: str, now: float) -> None:
        """The worker leaves or hangs up."""
        call = self.calls.get(call_id)
        if call is not None:
            self._end(call, "talked" if call.phase == "talking" else "left", now)

    def worker_lost(self, call_id: str, now: float) -> None:
        """The worker's side broke and will not come back: nobody need wait for it."""
        call = self.calls.get(call_id)
        if call is not None:
            self._end(call, "lost" if call.phase == "talking" else "left", now)

    def desk_came(self, doctor: int, languages: tuple[str, ...], now: float) -> None:
        """A doctor's line is up."""
        desk = self.desks.setdefault(doctor, Desk(doctor, idle_since=now))
        desk.gone_at, desk.languages = None, languages
        self.moved.add(doctor)
        if (call := self._call_of(desk)) is not None:
            call.doctor_gone_at = None
            self._touch(call)

    def desk_went(self, doctor: int, now: float, heard_at: float | None = None) -> None:
        """A doctor's line is gone; a worker who talks has been alone since it was last heard."""
        desk = self.desks.get(doctor)
        if desk is not None and desk.gone_at is None:
            desk.gone_at = now
            if (call := self._call_of(desk)) is not None:
                call.doctor_gone_at = now if heard_at is None else heard_at
                self._touch(call)

    def duty(self, doctor: int, now: float, *, on: bool) -> None:
        """A doctor comes on duty or goes; what rings there rings on at another."""
        desk = self._desk(doctor)
        if on and not desk.on_duty:
            desk.idle_since = now
        desk.on_duty = on
        self.moved.add(doctor)
        if not on:
            desk.writing_until = None
            self._miss(desk, now)

    def ready(self, doctor: int, now: float) -> None:
        """All is written: the next one may ring; raises Refusal."""
        desk = self._desk(doctor)
        if desk.writing_until is not None:
            self._has_written(desk, now)

    def accept(self, call_id: str, doctor: int, now: float) -> None:
        """Take a call, whether it rings here or not; raises Refusal."""
        desk, call = self._desk(doctor), self._get(call_id)
        if desk.call is not None:
            if desk.call == call_id:
                return      # told twice
            raise Refusal("busy")
        if call.phase == "talking":
            if call.offered != doctor:
                raise Refusal("taken", call.doctor)
            self._free(call.doctor, now)
        elif not desk.on_duty:
            raise Refusal("away")
        self._take(call, desk, now)

    def decline(self, call_id: str, doctor: int, now: float) -> None:
        """Let it ring at somebody else; raises Refusal."""
        desk = self._desk(doctor)
        if desk.ring != call_id:
            raise Refusal("not-ringing")
        self._miss(desk, now)

    def doctor_ends(self, call_id: str, doctor: int, now: float) -> None:
        """The doctor hangs up; raises Refusal."""
        call = self._own(call_id, doctor)
        self._end(call, "talked", now)

    def cancel(self, call_id: str, doctor: int, now: float) -> None:
        """A doctor on duty takes a call back that nobody has taken; raises Refusal."""
        call = self._get(call_id)
        if not self._desk(doctor).on_duty:
            raise Refusal("away")
        if call.phase == "talking":
            raise Refusal("taken", call.doctor)
        self._end(call, "cancelled", now)

    def hand_over(self, call_id: str, doctor: int, to: int, now: float) -> None:
        """Offer the call to a free colleague; until they take it nothing changes. Raises Refusal."""
        call, desk = self._own(call_id, doctor), self.desks.get(to)
        if desk is None or not self.is_free(desk):
            raise Refusal("not-free", to)
        self._withdraw(call)
        call.offered, call.offered_at, desk.ring = to, now, call_id
        self.moved |= {doctor, to}

    def _take(self, call: Call, desk: Desk, now: float) -> None:
        if desk.ring not in {None, call.call}:
            self._miss(desk, now)
        if call.phase == "ringing" and call.doctor not in {None, desk.doctor}:
            self._free(call.doctor, now)
        desk.ring, desk.call, desk.writing_until = None, call.call, None
        call.phase, call.doctor, call.offered, call.doctor_gone_at = "talking", desk.doctor, None, desk.gone_at
        call.accepted_at = now if call.accepted_at is None else call.accepted_at
        self._touch(call)

    def _get(self, call_id: str) -> Call:
        if call_id not in self.calls:
            raise Refusal("ended")
        return self.calls[call_id]

    def _own(self, call_id: str, doctor: int) -> Call:
        call = self._get(call_id)
        if call.phase != "talking" or call.doctor != doctor:
            raise Refusal("not-yours", call.doctor)
        return call

    def _desk(self, doctor: int) -> Desk:
        if doctor not in self.desks:
            raise Refusal("away")
        return self.desks[doctor]

    def _call_of(self, desk: Desk) -> Call | None:
        return self.calls.get(desk.call or "")
