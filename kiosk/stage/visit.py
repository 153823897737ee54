"""A worker's turn at the screen: what is known of them, wiped at its end."""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeVar, cast

from kiosk.clock import Clock
from sync.protocol.documents import Member, StationSettings
from sync.protocol.events import VisitEnded
from sync.station.store import Store

from .station import StationService

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Visit:
    """All that is remembered of the person in front of the screen."""

    started_s: float | None = None      # monotonic, None while nobody is here
    language: str = "zh_CN"
    trade: str = ""
    member: str = ""                    # keyed hash
    card: bytes = field(default=b"", repr=False)    # digest of the card that was shown, known to the office or not
    has_acted: bool = False             # something was recorded for them
    _notes: dict[type, Any] = field(default_factory=dict[type, Any])

    def of(self, kind: type[T]) -> T:
        """What one service remembers of this visit, in a kind of its own; wiped with everything else."""
        return cast("T", self._notes.setdefault(kind, kind()))


class VisitService:
    """Holds the one current visit; ending it leaves nothing behind but its length."""

    def __init__(self, store: Store, station: StationService, clock: Clock) -> None:
        self._store = store
        self._station = station
        self.clock = clock
        self.current = Visit()

    def touched(self) -> None:
        """Somebody is here."""
        if self.current.started_s is None:
            self.current.started_s = self.clock.monotonic()

    def acted(self) -> None:
        """Something is recorded for who is here."""
        self.touched()
        self.current.has_acted = True

    def recognise(self, code: str) -> Member | None:
        """Begin the visit of a card's holder; None if the office does not know them.

        A visit in which no card was shown and nothing done is theirs already: book first, then card.
        """
        card = sha256(code.encode()).digest()
        visit = self.current
        if visit.card != card and (visit.card or visit.has_acted):
            self.end("next")
        self.touched()
        self.current.card = card
        digest = member_hash(code, self._station.settings())
        member = self._store.documents.find(Member, digest) if digest else None
        self.current.member = member.member if member else ""
        return member

    def end(self, how: Literal["home", "idle", "next"]) -> None:
        """Wipe the visit, then record that it ended."""
        over, self.current = self.current, Visit()
        if over.started_s is None:
            return
        seconds = max(0, round(self.clock.monotonic() - over.started_s))
        event = VisitEnded(how=how, seconds=seconds, language=over.language)
        self._store.journal.append(event, at=self._station.now())


def member_hash(code: str, settings: StationSettings) -> str:
    """Keyed hash of a member code, 32 hex digits; empty if the office gave no usable key."""
    if not re.fullmatch(r"(?:[0-9a-f]{2}){16,64}", settings.member_key):
        return ""
    return hmac.new(bytes.fromhex(settings.member_key), code.encode(), sha256).hexdigest()[:32]
