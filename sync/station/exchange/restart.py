"""Starting, and starting again: what is equal stays, what differs comes anew; see docs/protocol.md.

Nothing is decided twice: the plan is a fact in the store (renewal.py), each step of it one transaction.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from sync.protocol import wire
from sync.protocol.wire import Digest
from sync.station.documents.documents import Group
from sync.station.documents.renewal import Awaited, Renewal
from sync.station.errors import FileUnusable, StoreFull, StoreUnwritable
from sync.station.files.download import RESERVE_BYTES, Download, free_bytes, on_disk
from sync.station.store import Store

from .client import readable
from .fetching import Fetch

_MAX_FAILURES: Final = 2        # of one snapshot; then its documents come page by page
_LINES: Final = 2_000           # of one transaction
_MAX_LINE_BYTES: Final = 4 * 1024 * 1024
_INFLATED: Final = 24           # bytes in the store for one of the file, at most
logger = logging.getLogger(__name__)


class Plan(NamedTuple):
    """A renewal, and the groups that are stale until it is done."""

    renewal: Renewal
    stale: list[Group]


def make_plan(restart: wire.Restart, cursor: str, ours: Mapping[Group, Digest], before: Renewal) -> Plan:
    """What to do about an offer, given what we hold and what was done before."""
    theirs = {
        Group(type_, offer.scope): digest
        for offer in restart.scopes
        for type_, digest in offer.digests.items()
        if digest.count
    }
    differing = {group for group in ours.keys() | theirs.keys() if ours.get(group) != theirs.get(group)}
    changed = {group.scope for group in differing}
    renewal = Renewal(
        round=before.round + 1,
        is_open=True,
        cursor=cursor,
        rev=restart.rev,
        floors={offer.scope: restart.rev for offer in restart.scopes if offer.scope not in changed},
        snapshots=tuple(
            Awaited(offer.scope, offer.snapshot)
            for offer in restart.scopes
            if offer.scope in changed and offer.snapshot is not None
        ),
        is_doubted=before.is_doubted,
    )
    return Plan(renewal, sorted(differing & ours.keys()))


def start_again(store: Store, epoch: str, restart: wire.Restart, cursor: str) -> bool:
    """Take up an offer, unless one is being followed already; True if it is new."""
    before = store.renewals.find()
    if before.snapshots and before.cursor == cursor:
        # The same generation and region: a newer snapshot is no reason to throw away what has come of this one.
        awaited = _with_newer_files(before.snapshots, restart)
        if awaited != before.snapshots:
            store.renewals.note(epoch, replace(before, snapshots=awaited))
        return False
    plan = make_plan(restart, cursor, store.documents.digests(), before)
    store.renewals.begin(epoch, plan.renewal, plan.stale)
    logger.info(
        "restart: %s scopes are equal, %s groups stale, %s snapshots to load",
        len(plan.renewal.floors), len(plan.stale), len(plan.renewal.snapshots),
    )
    return True


def get_snapshots(store: Store, epoch: str, fetch: Fetch, folder: Path) -> None:
    """Get and load the snapshots that are awaited, as far as time allows; raises SyncError.

    One that is gone or wrong is asked for anew, and after two failures its documents come page by page.
    """
    while (renewal := store.renewals.find()).snapshots and not fetch.is_over():
        awaited = renewal.snapshots[0]
        path = folder / awaited.snapshot.name
        is_here = False
        try:
            is_here = path.exists() or _get(store, awaited.snapshot, fetch, path)
            if not is_here:
                return
            _load(store, epoch, path)
        except FileUnusable as fault:
            logger.warning("restart: snapshot %s: %s", awaited.snapshot.name, fault)
            forget_files(folder)
            # What came out of a broken file may be dead in a newer one: only the pages tell of that.
            store.renewals.note(epoch, _without_file(renewal, may_return=not is_here))
            return
        floor = min(awaited.snapshot.rev, renewal.rev)
        store.renewals.note(epoch, replace(
            renewal, snapshots=renewal.snapshots[1:], floors={**renewal.floors, awaited.scope: floor}
        ))
        path.unlink(missing_ok=True)


def _get(store: Store, snapshot: wire.Snapshot, fetch: Fetch, path: Path) -> bool:
    """Get the file; False if time is over."""
    forget_files(path.parent, path.name)
    _make_room(store, path.parent.parent, snapshot.size * _INFLATED)
    with Download(path, snapshot.size, snapshot.sha256, fetch.is_over) as download:
        if not download.is_whole:
            fetch.get(wire.SNAPSHOT_PATH + snapshot.name, download)
        if download.is_whole:
            download.finish()
        return download.is_whole


def _make_room(store: Store, folder: Path, size: int) -> None:
    if free_bytes(folder) >= RESERVE_BYTES + size:
        return
    # Files may have taken all but the reserve: documents come first, and bring them back if there is room.
    store.blobs.keep_reserve({blob.sha256 for blob in store.documents.blobs()}, size)
    if free_bytes(folder) < RESERVE_BYTES + size:
        raise StoreFull(f"no room for a snapshot that takes {size} bytes")


def _load(store: Store, epoch: str, path: Path) -> None:
    documents = readable(_lines_of(path))
    while some := list(islice(documents, _LINES)):
        store.renewals.load(epoch, some)


def _lines_of(path: Path) -> Iterator[bytes]:
    """Lines of a gzipped file, memory bounded; raises FileUnusable."""
    try:
        with on_disk(path), gzip.open(path, "rb") as file:
            while line := file.readline(_MAX_LINE_BYTES):
                if len(line) == _MAX_LINE_BYTES:
                    raise FileUnusable("a line without end")
                yield line
    except (EOFError, zlib.error, StoreUnwritable) as cause:
        # A bad header of gzip, or a file that went away, looks like a bad disk.
        raise FileUnusable(f"gzip: {cause}") from cause


def _without_file(renewal: Renewal, *, may_return: bool) -> Renewal:
    """The first snapshot failed: later again, or never."""
    first, rest = renewal.snapshots[0], renewal.snapshots[1:]
    failures = first.failures + 1
    if may_return and failures < _MAX_FAILURES:
        rest = (*rest, replace(first, failures=failures))
    return replace(renewal, snapshots=rest)


def _with_newer_files(awaited: tuple[Awaited, ...], restart: wire.Restart) -> tuple[Awaited, ...]:
    """What failed is replaced by what is offered now."""
    offered = {offer.scope: offer.snapshot for offer in restart.scopes if offer.snapshot is not None}
    return tuple(
        replace(one, snapshot=offered[one.scope]) if one.failures else one
        for one in awaited
        if not one.failures or one.scope in offered
    )


def forget_files(folder: Path, needed: str = "") -> None:
    """Delete what is left of snapshots that nobody awaits any more."""
    with on_disk(folder):
        for file in list(folder.iterdir()) if folder.is_dir() else []:
            if not needed or not file.name.startswith(needed):
                file.unlink(missing_ok=True)
