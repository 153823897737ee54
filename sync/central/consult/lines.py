"""Records, figures and looks as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.utils import timezone

from . import audit
from .counting import CAUSES
from .figures import in_words
from .models import Consultation, Doctor, Ending, Look, NoteVersion, State
from .records import Field, Record, words_of_ending
from .sharing import ends_at

_GOOD: Final = "green"
_COLOURS: Final = {Ending.TALKED.value: _GOOD, Ending.LOST.value: "amber", Ending.DOCTOR_LOST.value: "amber"}
_ACTORS: Final = {audit.PATIENT: "工友本人", audit.COMMAND: "命令行", audit.STATION: "驿站"}
_WHATS: Final[dict[str, str]] = {
    audit.What.OPENED: "打开病历",
    audit.What.NOTED: "开始写病历",
    audit.What.ADVISED: "在驿站显示建议",
    audit.What.SHARED: "生成扫码链接",
    audit.What.FETCHED: "扫码打开病历",
    audit.What.ERASED: "到期删除",
    audit.What.ROLE: "改变角色",
    audit.What.LISTED: "查看本页",
}


class HistoryLine(NamedTuple):
    """A consultation in its doctor's list."""

    call: str
    station: str
    asked_at: datetime
    waited: str
    talked: str
    dot: str
    ending: str
    stars: str
    notes: str


class LookLine(NamedTuple):
    """A line of the trail."""

    id: int
    at: datetime
    who: str
    what: str
    call: str
    about: str
    digest: str


class RecordView:
    """A record with its words for the page; a wrapper that reads nothing of its own."""

    def __init__(self, record: Record, now: datetime) -> None:
        self.it = record
        self._now = now

    @property
    def waited(self) -> str:
        """How long the worker waited."""
        return in_words(self.it.waited_s)

    @property
    def talked(self) -> str:
        """How long they talked."""
        return in_words(self.it.talked_s)

    @property
    def stars(self) -> str:
        """★★★★☆."""
        return stars_of(self.it.stars)

    @property
    def doctors(self) -> list[Doctor]:
        """Who treated."""
        return self.it.doctors

    @property
    def advice(self) -> str:
        """The doctor's words for the worker."""
        return next((field.words for field in self.it.fields if field.name == "advice"), "")

    @property
    def besides(self) -> list[Field]:
        """All parts of the notes but the advice."""
        return [field for field in self.it.fields if field.name != "advice"]

    @property
    def link(self) -> str:
        """What became of the patient's link."""
        if not self.it.shares:
            return "还没有生成"
        share = self.it.shares[-1]
        if share.opened_at:
            return f"工友已在 {_moment(share.opened_at)} 打开"
        if self._now >= ends_at(share):
            return "工友没有打开，已过期"
        return f"工友还没有打开，{_moment(ends_at(share))} 前有效"


def history_lines(found: Iterable[Consultation]) -> list[HistoryLine]:
    """A doctor's own consultations."""
    calls = list(found)
    with_notes = NoteVersion.objects.filter(consultation__in=[call.call for call in calls])
    written = set(with_notes.values_list("consultation_id", flat=True))
    return [_history_line(call, has_notes=call.call in written) for call in calls]


def look_lines(found: Iterable[Look]) -> list[LookLine]:
    """Lines of the trail in words."""
    return [
        LookLine(
            look.id, look.at, _ACTORS.get(look.who, look.who), _WHATS.get(look.what, look.what), look.call, look.about,
            look.digest[:12],
        )
        for look in found
    ]


def actor_of(words: str) -> str:
    """Who is meant by what the page calls them."""
    return next((who for who, name in _ACTORS.items() if name == words), words)


def stars_of(stars: int | None) -> str:
    """★★★★☆, or that there are none."""
    return "★" * stars + "☆" * (5 - stars) if stars else "—"


def _history_line(call: Consultation, *, has_notes: bool) -> HistoryLine:
    until = call.accepted_at or call.ended_at
    waited_s = (until - call.asked_at).total_seconds() if until else None
    talked_s = (call.ended_at - call.accepted_at).total_seconds() if call.ended_at and call.accepted_at else None
    return HistoryLine(
        call=call.call,
        station=str(call.station),
        asked_at=call.asked_at,
        waited=in_words(None if waited_s is None else round(waited_s)),
        talked=in_words(None if talked_s is None else round(talked_s)),
        dot=_COLOURS.get(call.ending, "red" if call.ending in CAUSES else ""),
        ending=words_of_ending(call) if State(call.state) is State.ENDED else str(State(call.state).label),
        stars=stars_of(call.stars),
        notes="已删除" if call.erased_at else "有" if has_notes else "没有写",
    )


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"
