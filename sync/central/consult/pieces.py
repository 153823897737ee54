"""A call and a desk as the machine moves them, and the times it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

INFINITY: Final = float("inf")
RING_S: Final = 45.0
REST_S: Final = 60.0            # after its last ring, until a call that all have missed rings again
UNMANNED_S: Final = 60.0
LOST_S: Final = 60.0            # without a line, while talking
LEFT_S: Final = 30.0            # without a line, while waiting
AWAY_S: Final = 15.0            # a doctor without a line
WRITING_S: Final = 180.0        # for the notes after a talk, until the next one may ring
MOST_WAIT_S: Final = 3_600.0
MOST_TALK_S: Final = 7_200.0

Phase = Literal["waiting", "ringing", "talking", "ended"]


class Refusal(Exception):
    """It cannot be done now; `code` says why, `doctor` who was first."""

    def __init__(self, code: str, doctor: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.doctor = doctor


@dataclass
class Call:
    """One call. While it waits, `rung_at` is when its last ring ended."""

    call: str
    asked_at: float
    language: str = "zh_CN"
    phase: Phase = "waiting"
    doctor: int | None = None
    rung: tuple[int, ...] = ()
    rung_at: float | None = None
    accepted_at: float | None = None
    ended_at: float | None = None
    worker_gone_at: float | None = None
    doctor_gone_at: float | None = None
    ending: str = ""
    offered: int | None = None      # to whom it is being handed over
    offered_at: float = 0.0

    def deadline(self) -> float:
        """When something happens to it by itself; never, once it has ended."""
        if self.phase == "ended":
            return INFINITY
        if self.phase == "talking":
            gone = [at + LOST_S for at in (self.worker_gone_at, self.doctor_gone_at) if at is not None]
            offer = [] if self.offered is None else [self.offered_at + RING_S]
            return min([*gone, *offer, (self.accepted_at or self.asked_at) + MOST_TALK_S])
        ends = [self.asked_at + MOST_WAIT_S]
        if self.worker_gone_at is not None:
            ends.append(self.worker_gone_at + LEFT_S)
        if self.phase == "ringing":
            ends.append((self.rung_at or self.asked_at) + RING_S)
        elif self.rung:
            ends.append((self.rung_at or self.asked_at) + REST_S)
        return min(ends)


@dataclass
class Desk:
    """One doctor's desk; `gone_at` is None while its line is up."""

    doctor: int
    languages: tuple[str, ...] = ()
    on_duty: bool = False
    gone_at: float | None = None
    idle_since: float = 0.0
    writing_until: float | None = None      # nothing rings before, unless the doctor says that all is written
    call: str | None = None         # that it talks in
    ring: str | None = None         # that rings there, or is offered
