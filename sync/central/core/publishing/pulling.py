"""What a station may pull: a page of documents, or what it should have if it starts again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from sync.central.core.models import Document, Station
from sync.protocol import wire

from .documents import LINE, Line, line_of, scopes_for
from .snapshots import find_snapshots

PAGE: Final = 2_000
PAGE_BYTES: Final = 1024 * 1024     # some seconds of a slow line, gzipped


class Pull(NamedTuple):
    """One page of documents for a station, in the order of revisions, or a restart."""

    documents: list[bytes]
    cursor: str
    more: bool
    restart: wire.Restart | None = None


class _Held(NamedTuple):
    """What one scope holds of one type."""

    scope: str
    type: str
    live: int
    digest: str
    rev: int


class _Head(NamedTuple):
    """Where the office is, and what the station's scopes hold; seen at one moment."""

    generation: str
    rev: int
    held: list[_Held]


def pull(station: Station, cursor: str, floors: Mapping[str, int]) -> Pull:
    """What this station has not seen yet: newer than its cursor, and than the floor of the scope."""
    scopes = scopes_for(station)
    head = _head_of(scopes)
    since = _rev_in(cursor, head, station.region)
    if since is None:
        return Pull([], _cursor(head, station.region, 0), more=True, restart=_offer(head, scopes))
    newest = {scope: max((held.rev for held in head.held if held.scope == scope), default=0) for scope in scopes}
    bounds = {scope: max(since, floors.get(scope, 0)) for scope in scopes}
    page, until = _page({scope: bound for scope, bound in bounds.items() if bound < newest[scope]}, head.rev)
    return Pull(page, _cursor(head, station.region, until), more=until < head.rev)


def _head_of(scopes: Sequence[str]) -> _Head:
    marks = ", ".join(["%s"] * len(scopes))
    with connection.cursor() as rows:
        # One statement, one moment: every revision up to the counter's is there, none above it in the digests.
        rows.execute(
            "SELECT c.generation, c.rev, d.scope, d.type, d.count, d.digest, d.rev FROM core_counter c"  # noqa: S608
            f" LEFT JOIN core_digest d ON d.scope IN ({marks})",
            scopes,
        )
        found = rows.fetchall()
    return _Head(found[0][0], found[0][1], [_Held(*row[2:]) for row in found if row[2] is not None])


def _cursor(head: _Head, region: str, rev: int) -> str:
    return f"{head.generation}.{region}:{rev}"


def _rev_in(cursor: str, head: _Head, region: str) -> int | None:
    """The revision a cursor stands at; None if it is not of this generation and region."""
    start, rev = _cursor(head, region, 0)[:-1], cursor.rpartition(":")[2]
    if cursor != start + rev or not rev.isascii() or not rev.isdigit() or len(rev) > 18:
        return None
    # Ahead of us although of our generation: we forgot something.
    return int(rev) if int(rev) <= head.rev else None


def _offer(head: _Head, scopes: Sequence[str]) -> wire.Restart:
    digests: dict[str, dict[str, wire.Digest]] = {scope: {} for scope in scopes}
    for held in head.held:
        if held.live:
            digests[held.scope][held.type] = wire.Digest(held.live, held.digest)
    files = find_snapshots(scopes)
    return wire.Restart(
        head.rev, tuple(wire.ScopeOffer(scope, held, files.get(scope)) for scope, held in digests.items())
    )


def _page(bounds: Mapping[str, int], head_rev: int) -> tuple[list[bytes], int]:
    """Lines of what is newer than each scope's bound, and the revision up to which these are all."""
    if not bounds:
        return [], head_rev
    # Scope by scope, for no database merges them well; and nothing above the head that was seen, for a scope that
    # is left out here may have got something since.
    rows = [row for scope, bound in bounds.items() for row in _newer_than(scope, bound, head_rev)[: PAGE + 1]]
    rows.sort(key=itemgetter(0))
    lines, size = list[bytes](), 0
    for row in rows[:PAGE]:
        line = line_of(*row)
        size += len(line)
        if lines and size > PAGE_BYTES:
            break
        lines.append(line)
    return lines, head_rev if len(lines) == len(rows) else rows[len(lines) - 1][0]


def _newer_than(scope: str, bound: int, head_rev: int) -> QuerySet[Document, Line]:
    newer = Document.objects.filter(scope=scope, rev__gt=bound, rev__lte=head_rev)
    return newer.order_by("rev").values_list(*LINE)
