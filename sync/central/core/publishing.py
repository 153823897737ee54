"""Publishing documents to everybody, a region or one station, and reading what a station may pull."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

import msgspec
from django.db import transaction

from sync.protocol.documents import Document as Body
from sync.protocol.documents import decode_document, encode_document, key_of
from sync.protocol.wire import Published

from .models import Counter, Document, Station

EVERYBODY: Final = ""
PAGE: Final = 500
_CHUNK: Final = 400

D = TypeVar("D", bound=Body)


class Name(NamedTuple):
    """What a document is called, in every scope."""

    type: str
    key: str


class Pull(NamedTuple):
    """One page of documents for a station, in the order of revisions."""

    documents: list[bytes]
    cursor: str
    more: bool


def scope_of_station(station_id: str) -> str:
    """The scope that only this station pulls."""
    return f"@{station_id}"


def scopes_for(station: Station) -> list[str]:
    """Every scope this station pulls: its own, and each prefix of its region, the empty one too."""
    prefixes = [station.region[:length] for length in range(len(station.region) + 1)]
    return [scope_of_station(station.id), *prefixes]


@transaction.atomic
def publish(scope: str, documents: Iterable[Body]) -> int:
    """Publish these to one scope; returns how many were news.

    The same body again is no news. A document has one scope: published to another, it leaves a
    tombstone in the old one.
    """
    bodies = {Name(document.type, key_of(document)): encode_document(document).decode() for document in documents}
    if not bodies:
        return 0
    counter = _locked_counter()
    rows = _rows_of(bodies)
    news, changed, count = list[Document](), list[Document](), 0
    for name, body in bodies.items():
        here = next((row for row in rows[name] if row.scope == scope), None)
        if here is not None and here.body == body:
            continue
        count += 1
        for row in rows[name]:
            if row.scope != scope and row.body is not None:
                counter.rev += 1
                row.body, row.rev = None, counter.rev
                changed.append(row)
        counter.rev += 1
        if here is None:
            news.append(Document(scope=scope, type=name.type, key=name.key, rev=counter.rev, body=body))
        else:
            here.body, here.rev = body, counter.rev
            changed.append(here)
    if count:
        Document.objects.bulk_create(news, batch_size=_CHUNK)
        Document.objects.bulk_update(changed, ["body", "rev"], batch_size=_CHUNK)
        counter.save(update_fields=["rev"])
    return count


@transaction.atomic
def withdraw(type_: str, key: str) -> bool:
    """Leave a tombstone for a document, wherever it is published; False if it is nowhere."""
    counter = _locked_counter()
    rows = [row for row in _rows_of([Name(type_, key)])[Name(type_, key)] if row.body is not None]
    for row in rows:
        counter.rev += 1
        row.body, row.rev = None, counter.rev
        row.save(update_fields=["body", "rev"])
    counter.save(update_fields=["rev"])
    return bool(rows)


def find_published(type_: type[D]) -> list[D]:
    """Every live document of a type, whatever its scope, by key."""
    bodies = Document.objects.filter(type=type_.type, body__isnull=False).order_by("key").values_list("body", flat=True)
    return [decode_document(type_, body) for body in bodies if body is not None]


def pull(station: Station, cursor: str) -> Pull:
    """What this station has not seen yet; a cursor of another generation means everything."""
    counter = Counter.objects.get()
    since = _rev_in(cursor, counter)
    rows = list(
        Document.objects.filter(scope__in=scopes_for(station), rev__gt=since).order_by("rev")[: PAGE + 1]
    )
    page, more = rows[:PAGE], len(rows) > PAGE
    if page:
        since = page[-1].rev
    return Pull([_line_of(row) for row in page], f"{counter.generation}:{since}", more)


def _locked_counter() -> Counter:
    # Held until commit, so revisions become visible in the order they were given out.
    return Counter.objects.select_for_update().get()


def _rows_of(names: Iterable[Name]) -> dict[Name, list[Document]]:
    keys: dict[str, list[str]] = defaultdict(list)
    for name in names:
        keys[name.type].append(name.key)
    rows: dict[Name, list[Document]] = defaultdict(list)
    for type_, wanted in keys.items():
        for start in range(0, len(wanted), _CHUNK):
            for row in Document.objects.filter(type=type_, key__in=wanted[start : start + _CHUNK]):
                rows[Name(row.type, row.key)].append(row)
    return rows


def _rev_in(cursor: str, counter: Counter) -> int:
    generation, _, rev = cursor.partition(":")
    if generation != counter.generation or not rev.isascii() or not rev.isdigit() or len(rev) > 18:
        return 0
    # Ahead of us although of our generation: we forgot something, so give everything.
    return int(rev) if int(rev) <= counter.rev else 0


def _line_of(row: Document) -> bytes:
    body = None if row.body is None else msgspec.Raw(row.body.encode())
    return msgspec.json.encode(Published(row.type, row.key, row.rev, body))
