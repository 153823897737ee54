"""Publishing documents to everybody, a region or one station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple, TypeVar

import msgspec
from django.db import transaction

from sync.central.core.models import Counter, Digest, Document, Station
from sync.protocol.digests import EMPTY, from_hex, to_hex, toggled
from sync.protocol.documents import Document as Body
from sync.protocol.documents import decode_document, encode_document, key_of
from sync.protocol.errors import SyncError
from sync.protocol.limits import KEY_CHARS, as_key
from sync.protocol.wire import Published

EVERYBODY: Final = ""
LINE: Final = ("rev", "scope", "type", "key", "body")    # columns, for `line_of`
Line = tuple[int, str, str, str, str | None]
_PIECE: Final = 1_000   # documents in memory at a time
_CHUNK: Final = 400     # names in one query

D = TypeVar("D", bound=Body)


class DocumentRefused(SyncError):
    """A document cannot be published under this key, on either database; `detail` says which."""

    code = "OFFICE-DOCUMENT"
    next_step = "请改用 64 字以内的名称再发布"


class Name(NamedTuple):
    """What a document is called, in every scope."""

    type: str
    key: str


def scope_of_station(station_id: str) -> str:
    """The scope that only this station pulls."""
    return f"@{station_id}"


def scopes_for(station: Station) -> list[str]:
    """Every scope this station pulls: its own, and each prefix of its region, the empty one too."""
    prefixes = [station.region[:length] for length in range(0, len(station.region) + 1, 2)]
    return [scope_of_station(station.id), *prefixes]


@transaction.atomic
def publish(scope: str, documents: Iterable[Body]) -> int:
    """Publish these to one scope; returns how many were news.

    The same body again is no news. A document has one scope: published to another, it leaves a
    tombstone in the old one. Any number may come; until they are committed nobody else can publish.
    Raises DocumentRefused.
    """
    ledger: _Ledger | None = None
    count, rest = 0, iter(documents)
    while piece := list(islice(rest, _PIECE)):
        ledger = ledger or _Ledger()
        bodies = {_name_of(document): encode_document(document).decode() for document in piece}
        count += _publish(ledger, scope, bodies)
    if ledger is not None:
        ledger.close()
    return count


def _name_of(document: Body) -> Name:
    key = key_of(document)
    if not key or key != as_key(key):
        raise DocumentRefused(f"{document.type} {key[:KEY_CHARS]!r}")
    return Name(document.type, key)


def _publish(ledger: _Ledger, scope: str, bodies: dict[Name, str]) -> int:
    held, count = _bodies_of(bodies), 0
    for name, body in bodies.items():
        here = held[name].pop(scope, None)
        if body == here:
            continue
        count += 1
        for elsewhere, old in held[name].items():
            if old is not None:
                ledger.revise(elsewhere, name, old, None)
        ledger.revise(scope, name, here, body)
    ledger.write()
    return count


@transaction.atomic
def withdraw(type_: str, key: str) -> bool:
    """Leave a tombstone for a document, wherever it is published; False if it is nowhere."""
    ledger, name = _Ledger(), Name(type_, key)
    live = [(scope, body) for scope, body in _bodies_of([name])[name].items() if body is not None]
    for scope, body in live:
        ledger.revise(scope, name, body, None)
    ledger.close()
    return bool(live)


def find_published(type_: type[D], key: str = "") -> list[D]:
    """Every live document of a type, or the one with this key, whatever its scope; by key."""
    live = Document.objects.filter(type=type_.type, body__isnull=False).order_by("key")
    bodies = (live.filter(key=key) if key else live).values_list("body", flat=True)
    return [decode_document(type_, body) for body in bodies if body is not None]


def published_bodies(type_: str, key: str) -> list[tuple[str, str]]:
    """Scope and body of every live document of this name."""
    live = Document.objects.filter(type=type_, key=key, body__isnull=False).order_by("scope")
    return [(scope, body) for scope, body in live.values_list("scope", "body") if body is not None]


def line_of(rev: int, scope: str, type_: str, key: str, body: str | None) -> bytes:
    """One document as it travels."""
    raw = None if body is None else msgspec.Raw(body.encode())
    return msgspec.json.encode(Published(type_, key, rev, raw, scope))


@transaction.atomic
def recount() -> None:
    """Count and hash every document anew, whatever hands have been in the database; nobody can publish meanwhile."""
    Counter.objects.select_for_update().get()
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    rows = Document.objects.values_list("scope", "type", "key", "rev", "body")
    for scope, type_, key, rev, body in rows.iterator(chunk_size=_PIECE):
        tallies[scope, type_].take(key, body, 1, rev)
    Digest.objects.all().delete()
    _save(tallies)


class _Tally:
    """Documents of one scope and type: all, or what has changed."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = EMPTY
        self.rev = 0

    def take(self, key: str, body: str | None, step: int, rev: int) -> None:
        """Take one document in (1) or out (-1); None is none, or a tombstone."""
        self.rev = max(self.rev, rev)
        if body is not None:
            self.count += step
            self.digest = toggled(self.digest, key, body.encode())


def _save(tallies: Mapping[tuple[str, str], _Tally]) -> None:
    Digest.objects.bulk_create(
        [
            Digest(scope=scope, type=type_, count=tally.count, digest=to_hex(tally.digest), rev=tally.rev)
            for (scope, type_), tally in tallies.items()
        ],
        update_conflicts=True,
        unique_fields=["scope", "type"],
        update_fields=["count", "digest", "rev"],
        batch_size=_CHUNK,
    )


class _Ledger:
    """Gives out revisions and keeps the digests true to them; one at a time in the whole office."""

    def __init__(self) -> None:
        # Locked until commit, so revisions become visible in the order they were given out.
        self._counter = Counter.objects.select_for_update().get()
        self._tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
        self._rows: list[Document] = []

    def revise(self, scope: str, name: Name, old: str | None, new: str | None) -> None:
        """Replace one document in one scope; None is no document, or a tombstone."""
        self._counter.rev += 1
        self._rows.append(Document(scope=scope, type=name.type, key=name.key, rev=self._counter.rev, body=new))
        tally = self._tallies[scope, name.type]
        tally.take(name.key, old, -1, self._counter.rev)
        tally.take(name.key, new, 1, self._counter.rev)

    def write(self) -> None:
        """Write the rows out; a name must not come twice between two of these."""
        rows, self._rows = self._rows, []
        Document.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["type", "key", "scope"],
            update_fields=["rev", "body"],
            batch_size=_CHUNK,
        )

    def close(self) -> None:
        """Write the digests and the counter too; the last thing that is done with it."""
        self.write()
        if not self._tallies:
            return
        for row in Digest.objects.filter(scope__in={scope for scope, _ in self._tallies}):
            tally = self._tallies.get((row.scope, row.type))
            if tally is not None:
                tally.count += row.count
                tally.digest ^= from_hex(row.digest)
        _save(self._tallies)
        self._counter.save(update_fields=["rev"])


def _bodies_of(names: Iterable[Name]) -> dict[Name, dict[str, str | None]]:
    """Name → scope → body, tombstones too."""
    keys: dict[str, list[str]] = defaultdict(list)
    for name in names:
        keys[name.type].append(name.key)
    bodies: dict[Name, dict[str, str | None]] = defaultdict(dict)
    for type_, wanted in keys.items():
        for start in range(0, len(wanted), _CHUNK):
            rows = Document.objects.filter(type=type_, key__in=wanted[start : start + _CHUNK])
            for key, scope, body in rows.values_list("key", "scope", "body"):
                bodies[Name(type_, key)][scope] = body
    return bodies
