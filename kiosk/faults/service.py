"""Reporting what is broken, missing or dirty: once an hour for each thing, taken back within seconds."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

import msgspec

from kiosk.stage.ground import Ground
from sync.protocol.documents import Amenity, Fault
from sync.protocol.events import FaultReported, FaultUndone
from sync.protocol.limits import AMENITY_CHARS

from .errors import UndoTooLate

What = Literal["broken", "missing", "dirty"]

UNDO_S: Final = 10
_UNDO_GRACE_S: Final = 5        # a finger already on its way when the button goes
_AGAIN_AFTER: Final = timedelta(hours=1)
_LOOKED_BACK: Final = timedelta(days=90)    # as long as the journal keeps what the office has
_EVER: Final = datetime(1970, 1, 2, tzinfo=UTC)     # a wrong clock may have said anything


class ReportShown(msgspec.Struct, frozen=True):
    """What the worker is told; without a report, somebody had said so before."""

    amenity: str
    icon: str
    report: str
    online: bool


class FaultsGlance(msgspec.Struct, frozen=True):
    """What is at fault now."""

    names: frozenset[str] = frozenset()

    def is_open(self, amenity: str) -> bool:
        """Whether something is known to be wrong with it."""
        return amenity[:AMENITY_CHARS] in self.names


class _Made(NamedTuple):
    amenity: str
    report: str
    at: datetime
    stands: bool


class JustReported(msgspec.Struct):
    """What the worker in front has reported last."""

    report: str = ""
    at_s: float = 0.0       # monotonic


class FaultService:
    """Takes reports of faults; the only writer of their events."""

    def __init__(self, ground: Ground) -> None:
        self._store = ground.store
        self._station = ground.station
        self._visits = ground.visits
        self._clock = ground.clock

    def look_up(self, amenity: Amenity) -> ReportShown | None:
        """That somebody reported it within the hour and it is not mended; None if it may be reported."""
        self._visits.acted()
        name = amenity.name[:AMENITY_CHARS]
        an_hour_ago = self._station.now() - _AGAIN_AFTER
        recent = any(each.stands and each.at >= an_hour_ago for each in self._made() if each.amenity == name)
        return self._shown(amenity, "") if recent and self.glance().is_open(name) else None

    def report(self, amenity: Amenity, what: What) -> ReportShown:
        """This is wrong with it; somebody who said so within the hour has said it for all."""
        if known := self.look_up(amenity):
            return known
        event = FaultReported(report=secrets.token_urlsafe(6), amenity=amenity.name[:AMENITY_CHARS], what=what)
        self._store.journal.append(event, at=self._station.now())
        just = self._visits.current.of(JustReported)
        just.report, just.at_s = event.report, self._clock.monotonic()
        return self._shown(amenity, event.report)

    def undo(self, report: str) -> None:
        """Take back what this worker reported a moment ago; raises UndoTooLate."""
        just = self._visits.current.of(JustReported)
        age_s = self._clock.monotonic() - just.at_s
        if not report or report != just.report or age_s > UNDO_S + _UNDO_GRACE_S:
            raise UndoTooLate
        self._store.journal.append(FaultUndone(report=report), at=self._station.now())
        just.report = ""

    def glance(self) -> FaultsGlance:
        """What the office says is not mended, and what was reported here that it has not answered."""
        answers = {fault.amenity: fault for fault in self._store.documents.all(Fault)}
        made = self._made()
        found: set[str] = set()
        for name in answers.keys() | {each.amenity for each in made}:
            answer = answers.get(name)
            news = _after(answer, [each for each in made if each.amenity == name])
            if any(each.stands for each in news) or (answer is not None and answer.state != "closed"):
                found.add(name)
        return FaultsGlance(frozenset(found))

    def _shown(self, amenity: Amenity, report: str) -> ReportShown:
        return ReportShown(amenity.name, amenity.icon, report, self._station.is_online())

    def _made(self) -> list[_Made]:
        """Every report made here, oldest first; one the office has not answered for long stands no more."""
        journal, long_ago = self._store.journal, self._station.now() - _LOOKED_BACK
        undone = {event.report for _, event in journal.since(FaultUndone, _EVER)}
        return [
            _Made(event.amenity, event.report, at, event.report not in undone and at >= long_ago)
            for at, event in journal.since(FaultReported, _EVER)
        ]


def _after(answer: Fault | None, made: list[_Made]) -> list[_Made]:
    """The reports that came after the newest one that the office has counted in."""
    counted = [place for place, each in enumerate(made) if answer is not None and each.report == answer.last]
    return made[counted[-1] + 1:] if counted else made
