"""A talk with a doctor as the station knows it: whether it works now, and that it was asked, begun, ended, rated."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

import msgspec

from kiosk.stage.ground import Ground
from sync.protocol.calls import CallState
from sync.protocol.documents import Consulting, Talk
from sync.protocol.events import ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated
from sync.protocol.events.consultations import Outcome

from .browser import sweep
from .errors import ConsultationError
from .plan import CallPlan, TalkShown

Reason = Literal["", "window", "camera", "line", "doctor"]

DESK: Final = "doctors"
SERVICE: Final = "consultation"
_DEVICES: Final = Path("/dev")
_NETWORK: Final = ("kiosk.consultation.call", "sync.station.exchange.calls")
_LOOKED_BACK: Final = timedelta(days=90)
_EVER: Final = datetime(1970, 1, 2, tzinfo=UTC)     # a wrong clock may have said anything
# What the office calls an ending, in the journal's words; what is missing is decided by whether they talked.
_OUTCOMES: Final[dict[str, Outcome]] = {
    "talked": "talked", "hung-up": "talked", "left": "left", "no-doctor": "no-doctor", "cancelled": "cancelled",
    "lost": "no-line", "doctor-lost": "no-line", "refused": "refused",
}


class ConsultationGlance(msgspec.Struct, frozen=True):
    """Whether a doctor can be talked to now, and why not."""

    is_offered: bool = False
    reason: Reason = "doctor"
    hours: str = ""
    languages: tuple[str, ...] = ("zh_CN",)
    provider: str = ""
    has_talks: bool = False


class TalkReady(msgspec.Struct, frozen=True):
    """A health talk, and where its film lies."""

    talk: str
    title: str
    minutes: int
    speaker: str
    card: str
    film: Path | None
    from_s: float
    player: tuple[str, ...]


class Watched(msgspec.Struct):
    """How far the worker in front has seen which talk, in seconds."""

    at_s: dict[str, float] = msgspec.field(default_factory=dict[str, float])


class _Running(msgspec.Struct):
    call: str = ""
    asked_s: float = 0.0
    connected_s: float | None = None


class ConsultationService:
    """Keeps the counts of talks with a doctor; the only writer of their events."""

    def __init__(self, ground: Ground) -> None:
        self._store = ground.store
        self._station = ground.station
        self._visits = ground.visits
        self._clock = ground.clock
        self._programs = ground.programs
        self._running = _Running()
        sweep()
        self._end_unfinished()

    def glance(self) -> ConsultationGlance:
        """What the home screen shows."""
        desk = self._store.documents.find(Consulting, DESK)
        return ConsultationGlance(
            is_offered=SERVICE in self._station.settings().services,
            reason=self._why_not(desk),
            hours=desk.hours if desk else "",
            languages=desk.languages if desk and desk.languages else ("zh_CN",),
            provider=desk.provider if desk else "",
            has_talks=bool(self.talks()),
        )

    def talks(self) -> Sequence[Talk]:
        """Health talks that can be shown now, in the office's order: cards, and videos whose file is here."""
        all_talks = sorted(self._store.documents.all(Talk), key=lambda talk: (talk.order, talk.talk))
        return [talk for talk in all_talks if talk.card or self.film_of(talk)]

    def film_of(self, talk: Talk) -> Path | None:
        """The talk's video, if it has one and it is here."""
        return self._store.blobs.find(talk.blobs[0].sha256) if talk.kind == "video" and talk.blobs else None

    def talks_ready(self) -> list[TalkReady]:
        """What the list shows and the player needs."""
        seen = self._visits.current.of(Watched).at_s
        return [
            TalkReady(
                talk.talk, talk.title, talk.minutes, talk.speaker, talk.card, self.film_of(talk),
                seen.get(talk.talk, 0.0), self._programs.player,
            )
            for talk in self.talks()
        ]

    def find_talk(self, talk: str) -> TalkReady | None:
        """One of them."""
        return next((ready for ready in self.talks_ready() if ready.talk == talk), None)

    def watched(self, talk: str, at_s: float) -> None:
        """The worker stopped it here; forgotten with the visit."""
        self._visits.current.of(Watched).at_s[talk] = at_s

    def get_ready(self) -> None:
        """Load what a call is made of, while the worker reads: neither the first frame nor a tap waits for it."""
        for name in _NETWORK:
            import_module(name)

    def prepare(self, language: str, complaint: Sequence[str]) -> CallPlan:
        """A new call, known to nobody yet; raises NotEnrolled."""
        self._visits.touched()
        return self._plan(language, complaint)

    def prepare_trial(self) -> CallPlan | None:
        """A call that nobody answers, for the self-test; None if no doctor is wanted at this station."""
        return self._plan("zh_CN", ()) if SERVICE in self._station.settings().services else None

    def _plan(self, language: str, complaint: Sequence[str]) -> CallPlan:
        from sync.station.exchange.calls import CallOffice  # see get_ready  # noqa: PLC0415

        programs = self._programs
        return CallPlan(
            call=secrets.token_urlsafe(16),
            office=CallOffice(self._store.facts.identity(), self._store.blobs.folder.parent),
            language=language,
            complaint=tuple(complaint),
            browser=programs.browser,
            port=programs.call_port,
            fake_camera=programs.fake_camera,
            fonts=programs.fonts,
            talks=tuple(TalkShown(each.talk, each.title, each.minutes) for each in self.talks() if self.film_of(each)),
        )

    def ask(self, call: str, language: str) -> None:
        """Camera and microphone work, and the worker begins to wait."""
        self._running = _Running(call, self._clock.monotonic())
        self._append(ConsultationAsked(call=call, language=language))

    def connect(self, call: str) -> None:
        """A doctor answered; told again, it is the same talk."""
        running = self._running
        if running.call == call and running.connected_s is None:
            running.connected_s = self._clock.monotonic()
            self._append(ConsultationConnected(call=call, waited_s=round(running.connected_s - running.asked_s)))

    def end(self, call: str, error: ConsultationError | None, state: CallState | None) -> None:
        """It is over; the office's figures where it told them. One that was never asked for leaves nothing."""
        running = self._running
        if running.call != call:
            return
        now_s = self._clock.monotonic()
        connected_s = running.connected_s
        waited_s = round((now_s if connected_s is None else connected_s) - running.asked_s)
        talked_s = 0 if connected_s is None else round(now_s - connected_s)
        if state is not None and state.state == "ended":
            waited_s, talked_s = state.waited_s, state.talked_s
        how: Outcome = "left" if connected_s is None else "talked"
        if error is not None:
            how = error.outcome
        elif state is not None:
            how = _OUTCOMES.get(state.ending, how)
        self._append(ConsultationEnded(call=call, how=how, waited_s=waited_s, talked_s=talked_s))
        self._running = _Running()

    def rate(self, call: str, stars: int) -> None:
        """The worker said how it was."""
        self._append(ConsultationRated(call=call, stars=stars))

    def _why_not(self, desk: Consulting | None) -> Reason:
        programs = self._programs
        if shutil.which(programs.browser[0]) is None:
            return "window"
        if not programs.fake_camera and not any(_DEVICES.glob("video*")):
            return "camera"
        if not self._station.is_online():
            return "line"
        return "" if desk and desk.is_open else "doctor"

    def _end_unfinished(self) -> None:
        """A kiosk that loses power in a talk says so when it starts again."""
        journal, since = self._store.journal, self._station.now() - _LOOKED_BACK
        ended = {event.call for _, event in journal.since(ConsultationEnded, _EVER)}
        connected = {event.call: event.waited_s for _, event in journal.since(ConsultationConnected, _EVER)}
        for _, event in journal.since(ConsultationAsked, since):
            if event.call not in ended:
                waited_s = connected.get(event.call, 0)
                self._append(ConsultationEnded(call=event.call, how="power", waited_s=waited_s))

    def _append(
        self, event: ConsultationAsked | ConsultationConnected | ConsultationEnded | ConsultationRated
    ) -> None:
        self._store.journal.append(event, at=self._station.now())
