"""What is said on the lines: JSON text, each message with its kind."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sync.protocol.calls import CallId, IceServer

from .keeping import Who

Level = Literal["video720", "video360", "sound", "no-camera"]
Token = Annotated[str, Meta(max_length=128)]


class Hello(msgspec.Struct, frozen=True, tag_field="kind", tag="hello"):
    """The first words of a call's page."""

    call: CallId
    token: Token


class Signal(msgspec.Struct, frozen=True, tag_field="kind", tag="signal"):
    """Something for the other browser; nobody here reads it."""

    data: msgspec.Raw


class Leave(msgspec.Struct, frozen=True, tag_field="kind", tag="leave"):
    """The worker does not wait any longer."""


class HangUp(msgspec.Struct, frozen=True, tag_field="kind", tag="hang_up"):
    """The worker ends the talk."""


class Lost(msgspec.Struct, frozen=True, tag_field="kind", tag="lost"):
    """The kiosk behind the worker's page is gone, and the page ends with it."""


class Quality(msgspec.Struct, frozen=True, tag_field="kind", tag="quality"):
    """What this side sends now."""

    level: Level


class Ping(msgspec.Struct, frozen=True, tag_field="kind", tag="ping"):
    """Is anybody there?"""


FromWorker = Signal | Leave | HangUp | Lost | Quality | Ping


class Duty(msgspec.Struct, frozen=True, tag_field="kind", tag="duty"):
    """The doctor comes on duty, or goes."""

    on: bool


class Accept(msgspec.Struct, frozen=True, tag_field="kind", tag="accept"):
    """The doctor takes a call."""

    call: CallId


class Decline(msgspec.Struct, frozen=True, tag_field="kind", tag="decline"):
    """The next one, please."""

    call: CallId


class Cancel(msgspec.Struct, frozen=True, tag_field="kind", tag="cancel"):
    """Nobody will take this call."""

    call: CallId


class DeskHangUp(msgspec.Struct, frozen=True, tag_field="kind", tag="hang_up"):
    """The doctor ends the talk."""

    call: CallId


class HandOver(msgspec.Struct, frozen=True, tag_field="kind", tag="hand_over"):
    """A colleague shall go on."""

    call: CallId
    to: int


class DeskSignal(msgspec.Struct, frozen=True, tag_field="kind", tag="signal"):
    """Something for the worker's browser."""

    call: CallId
    data: msgspec.Raw


class Ready(msgspec.Struct, frozen=True, tag_field="kind", tag="ready"):
    """The notes of the last talk are written."""


FromDesk = Duty | Ready | Accept | Decline | Cancel | DeskHangUp | HandOver | DeskSignal | Quality | Ping


class Pong(msgspec.Struct, frozen=True, tag_field="kind", tag="pong"):
    """Somebody is."""


class Doctor(msgspec.Struct, frozen=True):
    """Whose face it is."""

    name: str
    licence: str
    title: str


class WorkerState(msgspec.Struct, frozen=True, tag_field="kind", tag="state"):
    """How the call stands, for the worker."""

    state: str
    place: int = 0              # 1: next; 0: not waiting
    wait_s: int = 0             # an estimate
    doctor: Doctor | None = None
    left_s: int = 0             # until it ends because the doctor's line is gone; 0: it is not
    ending: str = ""
    ice: tuple[IceServer, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """One who waits."""

    call: str
    station: str
    place: str
    language: str
    complaint: tuple[str, ...]
    words: str
    waited_s: int
    state: str
    doctor: str                 # at whom it rings


class Ringing(msgspec.Struct, frozen=True):
    """What rings here."""

    call: str
    station: str
    place: str
    language: str
    complaint: tuple[str, ...]
    words: str
    waited_s: int
    left_s: int
    handed_by: str              # the colleague who hands it over, if one does


class Talking(msgspec.Struct, frozen=True):
    """The call that goes on here."""

    call: str
    station: str
    place: str
    language: str
    complaint: tuple[str, ...]
    words: str
    talked_s: int
    left_s: int                 # until it ends because the worker's line is gone; 0: it is not
    offered: str                # the colleague to whom it is offered
    ice: tuple[IceServer, ...]


class Colleague(msgspec.Struct, frozen=True):
    """Another doctor on duty."""

    id: int
    name: str
    free: bool


class DeskState(msgspec.Struct, frozen=True, tag_field="kind", tag="desk"):
    """All that a desk shows; `queue` and `colleagues` are the same for all desks."""

    on_duty: bool
    queue: msgspec.Raw          # of Row, the first of them
    waiting: int
    ringing: Ringing | None
    call: Talking | None
    colleagues: msgspec.Raw     # of Colleague
    call_backs: int
    writing_s: int = 0          # until the next one may ring, after a talk; 0: now


class DeskRelay(msgspec.Struct, frozen=True, tag_field="kind", tag="signal"):
    """From the worker's browser."""

    call: str
    data: msgspec.Raw


class DeskQuality(msgspec.Struct, frozen=True, tag_field="kind", tag="quality"):
    """What the worker's side sends now."""

    call: str
    level: Level


class Refused(msgspec.Struct, frozen=True, tag_field="kind", tag="refused"):
    """It could not be done."""

    what: str
    code: str
    words: str


_WORDS = {
    "ended": "这个呼叫已经结束",
    "busy": "您正在通话",
    "away": "请先上班，再接听",
    "not-ringing": "已经不再响铃",
    "not-yours": "这个通话不在您这里",
}


def refused(what: str, code: str, who: Who | None) -> Refused:
    """Why not, in words for the doctor."""
    name = who.name if who else "另一位医生"
    words = {"taken": f"{name} 已经先接听了", "not-free": f"{name} 现在没有空"}
    return Refused(what, code, words.get(code) or _WORDS.get(code, "现在不行"))


def doctor_of(who: Who | None) -> Doctor | None:
    """What a worker is told of a doctor."""
    return Doctor(who.name, who.licence, who.title) if who else None
