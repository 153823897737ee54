"""Events as a kiosk appends them, and poison as only a fault could put there."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from sync.protocol.events import (
    BookBorrowed,
    BookReturned,
    BookShelved,
    CheckedIn,
    CheckinUndone,
    CodeUnknown,
    DeviceFaulted,
    Event,
    VisitEnded,
    digest_of,
    encode_entry,
)
from sync.station.identity import store_path
from sync.station.store import Store

from .ledger import Ledger, fact_of
from .steps import Death, plant

_CHINA: Final = timezone(timedelta(hours=8))
_PLACES: Final = 8      # machines of a run; a thousand is a multiple of it
POISONS: Final = ("line", "event", "time", "number", "unknown-kind", "odd-text")


class Kiosk:
    """Appends random events of one station, each a fact of its own."""

    def __init__(self, data: Path, ledger: Ledger, seed: str, labels: Sequence[str], place: int) -> None:
        self._data = data
        self._ledger = ledger
        self._seed = seed
        self._name = hashlib.sha256(seed.encode()).hexdigest()[:12]
        self._random = Random(seed)
        self._labels = labels
        self._place = place
        self._checkins: list[str] = []
        self._count = 0

    def append(self, count: int, *, skew_s: float = 0.0) -> None:
        """Append so many events."""
        store = Store.open(store_path(self._data))
        try:
            for _ in range(count):
                event, at = self._event(), self._moment(skew_s)
                fact = fact_of(encode_entry(1, at, event))
                self._ledger.tries(fact)
                store.journal.append(event, at=at, subject=getattr(event, "label", ""))
                self._ledger.done(fact)
        finally:
            store.close()

    def poison(self, kind: str, *, skew_s: float = 0.0) -> None:
        """Put a line into the journal that a kiosk would never append, as a fault of disk or program might."""
        path = store_path(self._data)
        at = self._moment(skew_s)
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            (identity,) = connection.execute("SELECT value FROM fact WHERE name = 'Identity'").fetchone()
            epoch = msgspec.json.decode(identity)["epoch"]
            (seq,) = connection.execute(
                "SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE epoch = ?", (epoch,)
            ).fetchone()
            line = self._poison(kind, seq, at)
            self._ledger.tries(fact_of(line))
            connection.execute(
                "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES (?, ?, ?, '', ?, ?, ?)",
                (epoch, seq, kind, at.astimezone(UTC).isoformat(timespec="milliseconds"), line, digest_of(line)),
            )
            connection.commit()
        self._ledger.done(fact_of(line))

    def skip(self, count: int) -> None:
        """Forget as many turns of the dice as a killed child has used up."""
        self._count += count
        self._random = Random(f"{self._seed}/{self._count}")

    def _event(self) -> Event:
        self._count += 1
        name = f"{self._name}-{self._count}"
        roll = self._random.random()
        if roll < 0.45:
            self._checkins.append(name)
            return CheckedIn(checkin=name, trade=self._random.choice(["courier", "cook"]), companion=roll < 0.1)
        if roll < 0.55 and self._checkins:
            return CheckinUndone(checkin=self._checkins.pop(self._random.randrange(len(self._checkins))))
        if roll < 0.85 and self._labels:
            label = self._random.choice(self._labels)
            kind = self._random.choice([BookBorrowed, BookReturned, BookShelved])
            return kind(label=label, due_on=date(2026, 12, 23)) if kind is BookBorrowed else kind(label=label)
        if roll < 0.9:
            return DeviceFaulted(device=name, code="DEVICE-LOST")
        return VisitEnded(how="idle", seconds=self._count) if roll < 0.95 else CodeUnknown(raw=name)

    def _moment(self, skew_s: float) -> datetime:
        # Number and place in the milliseconds, so that no two facts are alike, of a twin neither.
        now = datetime.now(_CHINA) + timedelta(seconds=skew_s)
        return now.replace(microsecond=0) + timedelta(milliseconds=self._count * _PLACES + self._place % _PLACES)

    def _poison(self, kind: str, seq: int, at: datetime) -> bytes:
        self._count += 1
        name = f"{self._name}-{self._count}"
        said = at.isoformat()
        return {
            "line": f'{{"seq":{seq},"at":"{said}","event":{{"kind":"checkin.made","checkin":"{name}"',
            "event": f'{{"seq":{seq},"at":"{said}","event":{{"kind":"checkin.made","checkin":"{name}","trade":7}}}}',
            "time": f'{{"seq":{seq},"at":"{at.replace(tzinfo=None).isoformat()}","event":{{"kind":"x","n":"{name}"}}}}',
            "number": f'{{"at":"{said}","event":{{"kind":"code.unknown","raw":"{name}"}}}}',
            "unknown-kind": f'{{"seq":{seq},"at":"{said}","event":{{"kind":"tea.poured","cup":"{name}"}},"more":1}}',
            "odd-text": f'{{"seq":{seq},"at":"{said}","event":{{"kind":"code.unknown","raw":"\\u0000{name}"}}}}',
        }[kind].encode()


def be_kiosk(kiosk: Kiosk, count: int, skew_s: float, death: Death | None) -> None:
    """Append so many events in a process of its own."""
    plant(death)
    kiosk.append(count, skew_s=skew_s)
