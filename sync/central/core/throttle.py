"""Counting failed tries at codes and passwords, so that nobody can guess through them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from .models import Attempt


class Door(msgspec.Struct, frozen=True):
    """Something guessable, and how many failures it bears within a window."""

    name: str
    per_visitor: int
    in_total: int
    window_s: int = 900


ENROLMENT: Final = Door("enrol", per_visitor=10, in_total=500)


def is_shut(door: Door, visitor: str, now: datetime) -> bool:
    """Whether this visitor, or everybody, has failed too often."""
    recent = Attempt.objects.filter(door=door.name, at__range=_window(door, now))
    return recent.filter(visitor=visitor).count() >= door.per_visitor or recent.count() >= door.in_total


def note_failure(door: Door, visitor: str, now: datetime) -> None:
    """Remember a failed try, and forget what no window covers."""
    Attempt.objects.filter(door=door.name).exclude(at__range=_window(door, now)).delete()
    Attempt.objects.create(door=door.name, visitor=visitor, at=now)


def _window(door: Door, now: datetime) -> tuple[datetime, datetime]:
    # To both sides: what a clock noted that was months ahead must not shut a door for months.
    width = timedelta(seconds=door.window_s)
    return now - width, now + width


def forget_failures(door: Door, visitor: str) -> None:
    """A success wipes the slate."""
    Attempt.objects.filter(door=door.name, visitor=visitor).delete()
