"""What a call needs to know, and the news that it tells; without the network that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from sync.protocol.calls import CallState

from .errors import ConsultationError

if TYPE_CHECKING:
    from sync.station.exchange.calls import CallOffice


class TalkShown(msgspec.Struct, frozen=True):
    """A health talk as the page lists it."""

    talk: str
    title: str
    minutes: int


class CallPlan(msgspec.Struct, frozen=True):
    """All a call needs to know."""

    call: str
    office: CallOffice
    language: str
    complaint: tuple[str, ...]
    browser: tuple[str, ...]
    port: int
    fake_camera: bool
    fonts: Path | None = None
    talks: tuple[TalkShown, ...] = ()
    hello: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])    # what the page shows: words, icons
    files: Mapping[str, Path] = msgspec.field(default_factory=dict[str, Path])

    def dressed(self, hello: Mapping[str, Any], files: Mapping[str, Path]) -> CallPlan:
        """With what the page shows."""
        return replace(self, hello=hello, files=files)


class Ready(msgspec.Struct, frozen=True):
    """Camera and microphone work: the worker asks for a doctor."""


class Phase(msgspec.Struct, frozen=True):
    """How far it is."""

    phase: str


class Watch(msgspec.Struct, frozen=True):
    """The worker would like to see a health talk while waiting; without one, no more of it."""

    talk: str
    box: tuple[int, int, int, int] = (0, 0, 0, 0)


class Over(msgspec.Struct, frozen=True):
    """The call is over and the kiosk's window is to come up; what the office says follows as Ended."""

    error: ConsultationError | None     # None: talked, or left by the worker
    was_connected: bool


class Ended(msgspec.Struct, frozen=True):
    """How it ended, by the office if it answered."""

    error: ConsultationError | None
    state: CallState | None


News = Ready | Phase | Watch | Over | Ended
