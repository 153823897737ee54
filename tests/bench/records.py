"""What the benches send: records of 200 bytes, a station's real days, copies as a real office has them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Final

from msgspec.structs import replace

from devices.codes import make_label
from sync.protocol.documents import Copy, Stamp
from sync.protocol.events import BookBorrowed, BookReturned, CheckedIn, CodeUnknown, Event, VisitEnded

RECORD_BYTES: Final = 200
_START: Final = datetime(2026, 9, 1, 7, 0, tzinfo=timezone(timedelta(hours=8)))
_TRADES: Final = ("food_delivery", "courier", "driver", "sanitation", "builder")
_HOWS: Final = ("home", "idle", "next")

Told = tuple[datetime, Event]


def records(first: int, count: int) -> Iterator[Told]:
    """Events whose JSON is 200 bytes, as random as the peers' records are."""
    random = Random(first)
    for number in range(first, first + count):
        event = BookBorrowed(
            label=make_label(number % 9_999_999 + 1),
            due_on=_due_date(random),
            borrower=f"{random.getrandbits(256):064x}",
            trade=random.choice(_TRADES).ljust(28),
            repaired=True,
        )
        yield _START + timedelta(seconds=number, milliseconds=random.randrange(1_000)), event


def days(first: int, count: int) -> Iterator[Told]:
    """Events as a station has them: workers come in, some scan a book, a turn at the screen ends."""
    random = Random(first)
    moment = _START + timedelta(minutes=first)
    told: list[Event] = []
    for _ in range(count):
        if not told:
            moment += timedelta(seconds=random.randrange(60, 600))
            told = list(reversed(_visit(random)))
        moment += timedelta(milliseconds=random.randrange(1_000, 40_000))
        yield moment, told.pop()


def _visit(random: Random) -> list[Event]:
    trade = random.choice(_TRADES)
    member = f"{random.getrandbits(128):032x}" if random.random() < 0.2 else ""
    events: list[Event] = [CheckedIn(checkin=f"{random.getrandbits(48):012x}", trade=trade, member=member)]
    label = make_label(random.randrange(1, 50_000))
    if random.random() < 0.15:
        events.append(BookBorrowed(label=label, due_on=_due_date(random), borrower=member))
    elif random.random() < 0.15:
        events.append(BookReturned(label=label))
    elif random.random() < 0.02:
        events.append(CodeUnknown(raw=f"{random.randrange(10**13):013}"))
    events.append(VisitEnded(how=random.choice(_HOWS), seconds=random.randrange(5, 180)))
    return events


def _due_date(random: Random) -> date:
    return date(2026, 12, 1) + timedelta(days=random.randrange(28))


def copies(first: int, count: int) -> Iterator[Copy]:
    """Copy documents of a running office: each has been lent now and then and has moved."""
    random = Random(first)
    for number in range(first, first + count):
        stops = tuple(f"3305{random.randrange(1, 40):02}-{random.randrange(1, 30):02}" for _ in range(number % 3 + 1))
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(2_000_000))
        last = Stamp(at, stops[-1], f"{random.getrandbits(64):016x}", random.randrange(1, 9_000))
        lent = random.random() < 0.3
        yield Copy(
            label=make_label(number),
            isbn=f"978{random.randrange(10**10):010}",
            status="on_loan" if lent else "on_shelf",
            station=stops[-1],
            due_on=_due_date(random) if lent else None,
            loans=len(stops) * 2,
            stops=stops,
            names=dict.fromkeys(stops, "衣裳街"),
            last=last,
            seen={f"{last.station}/{last.epoch}": last.seq},
        )


def pages(first: int, count: int) -> Iterator[Copy]:
    """Documents whose body is 200 bytes, as random as the records are."""
    random = Random(first)
    for number in range(first, first + count):
        copy = Copy(
            label=make_label(number),
            isbn=f"978{random.randrange(10**10):010}",
            status="on_loan",
            station="330502-01",
            borrower=f"{random.getrandbits(256):064x}",
            loans=3,
        )
        yield replace(copy, stops=("330502-01".ljust(13),))
