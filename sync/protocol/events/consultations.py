"""What a station keeps of talks with a doctor: that they were, how long they took, and how they ended."""

from __future__ import annotations

from typing import Literal

from .base import Event

# How a consultation ended; the failures are causes that a technician or the office can mend.
Outcome = Literal[
    "talked",           # a doctor and the worker talked, and one of them ended it
    "left",             # the worker left before a doctor answered
    "no-doctor",        # nobody answered in time
    "cancelled",        # the doctor took it back before it began
    "no-line",          # the line was gone and did not come back
    "no-camera",        # camera or microphone missing, refused or lost
    "crashed",          # the call window hung, crashed or could not be started
    "refused",          # the office did not take it
    "disk-full",
    "clock-wrong",
    "power",            # found unfinished when the kiosk started
]


class ConsultationAsked(Event, frozen=True, kw_only=True, tag="consultation.asked"):
    """A worker asked for a doctor: camera and microphone worked, and they began to wait."""

    call: str           # random id, the office's too
    language: str = "zh_CN"


class ConsultationConnected(Event, frozen=True, kw_only=True, tag="consultation.connected"):
    """A doctor answered."""

    call: str
    waited_s: int


class ConsultationEnded(Event, frozen=True, kw_only=True, tag="consultation.ended"):
    """It is over. Nothing of what was said is here."""

    call: str
    how: Outcome
    waited_s: int       # until a doctor answered, or until it ended without one
    talked_s: int = 0


class ConsultationRated(Event, frozen=True, kw_only=True, tag="consultation.rated"):
    """The worker said how it was."""

    call: str
    stars: int          # 1 to 5
