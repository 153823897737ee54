"""Who looked at a record, or did something with it: a trail that is only ever added to.

A trigger of the database refuses every change, and each line's digest is signed over the digest before it with a key
that is not in the database. What was cut off the end shows only beside a digest noted elsewhere: `check(noted=…)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from sync.protocol import limits
from sync.protocol.limits import as_key, fitted

from . import vault
from .models import Look

PATIENT, COMMAND, STATION = "(patient)", "(command)", "(station)"     # who is no user: no name has such brackets


class What(StrEnum):
    """What can be done with a record."""

    OPENED = "opened"       # a doctor read it
    NOTED = "noted"         # a doctor began to write in it
    ADVISED = "advised"     # its advice was shown to the worker, at the station
    SHARED = "shared"       # a link was made for the patient
    FETCHED = "fetched"     # and opened
    ERASED = "erased"
    ROLE = "role"           # somebody became, or is no longer, what they were
    LISTED = "listed"       # an auditor read this trail


class Checked(NamedTuple):
    """What a check of the trail found."""

    lines: int
    digest: str             # of the newest line
    broken: int | None      # the first line that is not as it was written
    has_noted: bool         # the digest that was noted elsewhere is still there


@transaction.atomic
def look(who: str, what: str, call: str, now: datetime, about: str = "") -> Look:
    """Add a line, in the transaction of what it is about."""
    if connection.vendor == "postgresql":   # in SQLite one transaction writes at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE consult_look IN SHARE ROW EXCLUSIVE MODE")
    before = Look.objects.order_by("-id").values_list("digest", flat=True).first() or ""
    who, about = as_key(who, limits.USER_CHARS), fitted(about, limits.ABOUT_CHARS)
    line = Look(at=now.astimezone(UTC), who=who, what=what, call=call, about=about)
    line.digest = _digest(before, line)
    line.save(force_insert=True)
    return line


def check(noted: str = "") -> Checked:
    """Verify every line against the one before it; `noted` is a digest that was written down earlier."""
    before, lines, broken, has_noted = "", 0, None, not noted
    for line in _all():
        lines += 1
        if broken is None and line.digest != _digest(before, line):
            broken = line.id
        before = line.digest
        has_noted = has_noted or line.digest == noted
    return Checked(lines, before, broken, has_noted)


def _all() -> Iterator[Look]:
    return Look.objects.order_by("id").iterator(chunk_size=2_000)


def _digest(before: str, line: Look) -> str:
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    return vault.sign("look", msgspec.json.encode([before, at, line.who, line.what, line.call, line.about])).hex()
