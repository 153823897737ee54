"""What is counted and followed from events: the read models, how they are told and how they are emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from django.db import DataError, Error, IntegrityError

from sync.central.core.models import Event, Journal
from sync.protocol.errors import UnknownKind
from sync.protocol.events import AnyEvent, decode_entry


class Told(msgspec.Struct, frozen=True):
    """A stored event as read models see it."""

    station: str
    epoch: str
    seq: int
    at: datetime        # as the station's clock said, its own offset
    at_utc: datetime    # corrected
    event: AnyEvent
    is_late: bool = False   # from quarantine: what followed it in its journal has been told before

    @property
    def local(self) -> datetime:
        """The corrected moment on the wall clock of the station."""
        return self.at_utc.astimezone(self.at.tzinfo)


Tell = Callable[[Sequence[Told]], None]
Forget = Callable[[], None]
Renew = Callable[[], Iterator[int]]


def _nothing() -> Iterator[int]:
    yield from ()


class ReadModel(NamedTuple):
    """One thing made from events; all of it can be made anew from them."""

    tell: Tell              # takes events of one journal in their order, each exactly once
    forget: Forget          # deletes what was taken, before every event is told again
    renew: Renew = _nothing     # then brings right what is published, piece by piece; yields their sizes


_read_models: Final[list[ReadModel]] = []


def register(tell: Tell, *, forget: Forget, renew: Renew = _nothing) -> None:
    """Have a read model told of every event; apps do this when they are ready."""
    model = ReadModel(tell, forget, renew)
    if model not in _read_models:
        _read_models.append(model)


def read_models() -> Sequence[ReadModel]:
    """All of them, in the order they are told."""
    return tuple(_read_models)


def tell(told: Sequence[Told]) -> None:
    """Tell every read model; the caller holds the transaction and the station's turn."""
    for model in _read_models:
        model.tell(told)


def told_of(journal: Journal, event: Event, *, is_late: bool = False) -> Told | None:
    """The event decoded; None for a kind only a newer program knows."""
    try:
        entry = decode_entry(bytes(event.line))
    except UnknownKind:
        return None
    return Told(journal.station_id, journal.epoch, event.seq, entry.at, event.at_utc, entry.event, is_late)


def is_poison(cause: Exception) -> bool:
    """Whether the events told are at fault; else the database is, and the same will go well later."""
    return not isinstance(cause, Error) or isinstance(cause, DataError | IntegrityError)
