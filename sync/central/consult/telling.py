"""Who is told what, when something has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from . import said
from .ice import ice_servers
from .keeping import About
from .pieces import LOST_S, RING_S, Call, Desk

if TYPE_CHECKING:
    from .ground import Ground

_SHOWN: Final = 50          # of those who wait; more can be counted, not read
_UNKNOWN: Final = About("", "", "", (), "")


class Teller:
    """Tells workers and desks how their calls stand."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.is_stale = True        # what all desks show has changed

    def tell(self, changed: Mapping[str, Call], moved: Iterable[int]) -> None:
        """Tell those whom it concerns now; all others are told within a second."""
        if changed or moved:
            self.is_stale = True
        places = self._places() if any(call.phase == "waiting" for call in changed.values()) else {}
        for name, call in changed.items():
            line = self._ground.workers.get(name)
            if line is not None:
                line.tell(self._for_worker(call, places.get(name, 0)))
        concerned = [doctor for doctor in moved if doctor in self._ground.desks]
        if concerned:
            shared = self._shared()
            for doctor in concerned:
                self._ground.desks[doctor].tell(self._for_desk(doctor, *shared))

    def tell_round(self, turn: int, turns: int) -> None:
        """Tell all desks, if there is news, and those who wait whose turn it is."""
        if self.is_stale and self._ground.desks:
            shared = self._shared()
            for doctor, line in self._ground.desks.items():
                line.tell(self._for_desk(doctor, *shared))
        self.is_stale = False
        for place, call in enumerate(self._ground.board.queue(), 1):
            line = self._ground.workers.get(call.call)
            if line is not None and hash(call.call) % turns == turn:
                line.tell(self._for_worker(call, place))

    def _places(self) -> dict[str, int]:
        return {call.call: place for place, call in enumerate(self._ground.board.queue(), 1)}

    def _for_worker(self, call: Call, place: int) -> said.WorkerState:
        ground, now = self._ground, self._ground.now()
        is_talking = call.phase == "talking"
        return said.WorkerState(
            state=call.phase,
            place=place if call.phase == "waiting" else 0,
            wait_s=ground.estimates.wait_s(place) if call.phase == "waiting" else 0,
            doctor=said.doctor_of(ground.doctors.get(call.doctor or 0)) if is_talking else None,
            left_s=_left_s(call.doctor_gone_at, LOST_S, now) if is_talking else 0,
            ending=call.ending,
            ice=ice_servers(call.call, now) if is_talking else (),
        )

    def _shared(self) -> tuple[msgspec.Raw, int, msgspec.Raw]:
        """What all desks show alike."""
        ground, now = self._ground, self._ground.now()
        queue = ground.board.queue()
        rows = [self._row(call, now) for call in queue[:_SHOWN]]
        colleagues = [
            said.Colleague(desk.doctor, self._name(desk.doctor), ground.board.is_free(desk))
            for desk in ground.board.on_duty()
        ]
        return _raw(rows), len(queue), _raw(colleagues)

    def _for_desk(self, doctor: int, queue: msgspec.Raw, waiting: int, colleagues: msgspec.Raw) -> said.DeskState:
        board = self._ground.board
        desk = board.desks.get(doctor) or Desk(doctor)
        ring, call = board.calls.get(desk.ring or ""), board.calls.get(desk.call or "")
        return said.DeskState(
            on_duty=desk.on_duty,
            queue=queue,
            waiting=waiting,
            ringing=self._ringing(ring) if ring else None,
            call=self._talking(call) if call else None,
            colleagues=colleagues,
            call_backs=self._ground.call_backs,
            writing_s=_left_s(desk.writing_until, 0, self._ground.now()),
        )

    def _row(self, call: Call, now: float) -> said.Row:
        return said.Row(
            call.call, *self._about(call), round(now - call.asked_at), call.phase,
            self._name(call.doctor) if call.doctor is not None else "",
        )

    def _ringing(self, call: Call) -> said.Ringing:
        now, is_offer = self._ground.now(), call.phase == "talking"
        since = call.offered_at if is_offer else call.rung_at
        return said.Ringing(
            call.call, *self._about(call), round(now - call.asked_at), _left_s(since, RING_S, now),
            self._name(call.doctor) if is_offer and call.doctor is not None else "",
        )

    def _talking(self, call: Call) -> said.Talking:
        now = self._ground.now()
        return said.Talking(
            call.call, *self._about(call), round(now - (call.accepted_at or now)),
            _left_s(call.worker_gone_at, LOST_S, now),
            self._name(call.offered) if call.offered is not None else "", ice_servers(call.call, now),
        )

    def _about(self, call: Call) -> About:
        return self._ground.about.get(call.call, _UNKNOWN)

    def _name(self, doctor: int) -> str:
        who = self._ground.doctors.get(doctor)
        return who.name if who else ""


def _left_s(since: float | None, span_s: float, now: float) -> int:
    return 0 if since is None else max(1, round(since + span_s - now))


def _raw(rows: list[said.Row] | list[said.Colleague]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(rows))
