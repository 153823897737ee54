"""Snapshots: all live documents of one scope in a file, so that a first sync is one download.

A file is named after what is in it and never changed. It is true from its revision on: every document that lived
then and still does is in it, and what was changed since comes with the exchanges. What was changed while it was
being written may be in it already, as new as it was; taking that in again does no harm.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import logging
import os
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.db.models import Max, Sum
from django.utils import timezone

from sync.central.core.models import Counter, Digest, Document, Snapshot
from sync.protocol import wire

from .documents import LINE, line_of

MIN_DOCUMENTS: Final = 500      # fewer come as fast in a page
CHANGED_SHARE: Final = 0.1      # of the documents, since the last one was made
MOST_KEPT: Final = 3      # of one scope
KEPT: Final = timedelta(days=1)     # for stations that are still at an older one
_PERIOD_S: Final = 60.0
_CHUNK: Final = 2_000
_LOCK: Final = "lock"
_DRAFT: Final = "draft"
logger = logging.getLogger(__name__)


class _Written(NamedTuple):
    """What a file came to hold."""

    documents: int
    size: int
    sha256: str


def snapshot_folder() -> Path:
    """Where the files lie."""
    return settings.YIZHAN_DATA / "snapshots"


def find_snapshots(scopes: Sequence[str]) -> dict[str, wire.Snapshot]:
    """Scope → its newest snapshot, if its file is on this machine."""
    rows = Snapshot.objects.filter(scope__in=scopes).order_by("rev")
    return {
        row.scope: wire.Snapshot(row.name, row.rev, row.size, row.sha256)
        for row in rows
        if (snapshot_folder() / row.name).is_file()
    }


def refresh_snapshots(now: datetime) -> int:
    """Clear away the old, and make those anew that are out of date; returns how many were made.

    Does nothing while another process is at it.
    """
    with _turn() as is_ours:
        if not is_ours:
            return 0
        _clear(now)
        due = [scope for scope, live in _large_scopes().items() if _is_due(scope, live)]
        for scope in due:
            make_snapshot(scope, now)
        return len(due)


def keep_snapshots(stop: threading.Event) -> None:
    """Refresh them from time to time, until told to stop; in a thread of its own."""
    while not stop.is_set():
        try:
            close_old_connections()
            refresh_snapshots(timezone.now())
        except Error as fault:
            logger.warning("snapshots: database not available, will try again: %s", type(fault).__name__)
        except Exception:
            logger.exception("snapshots: will try again")
        stop.wait(_PERIOD_S)
    connection.close()


def make_snapshot(scope: str, now: datetime) -> Snapshot:
    """Write the file of one scope, whole under its name or not at all."""
    started = time.monotonic()
    rev = Counter.objects.get().rev     # before the documents are read: nothing up to it may be missing
    draft = snapshot_folder() / _DRAFT
    try:
        written = _write(scope, draft)
        name = f"{scope or 'all'}-{rev}-{written.sha256[:16]}.ndjson.gz"
        draft.rename(snapshot_folder() / name)
    finally:
        draft.unlink(missing_ok=True)   # on a full disk, above all
    snapshot, _ = Snapshot.objects.update_or_create(name=name, defaults={
        "scope": scope, "rev": rev, "count": written.documents, "size": written.size, "sha256": written.sha256,
        "made_at": now,
    })
    logger.info(
        "snapshot %s: %d documents, %d bytes in %.1f s",
        name, written.documents, written.size, time.monotonic() - started,
    )
    return snapshot


def forget_snapshots() -> None:
    """Offer none of those that were made so far; their files go when the next ones are made."""
    Snapshot.objects.all().delete()


def _large_scopes() -> dict[str, int]:
    """Scope → how many documents live there; those of single stations are small."""
    sums = Digest.objects.exclude(scope__startswith="@").values("scope").annotate(live=Sum("count"))
    return dict(sums.filter(live__gte=MIN_DOCUMENTS).values_list("scope", "live"))


def _is_due(scope: str, live: int) -> bool:
    last = Snapshot.objects.filter(scope=scope).aggregate(rev=Max("rev"))["rev"]
    if last is None or scope not in find_snapshots([scope]):
        return True
    return Document.objects.filter(scope=scope, rev__gt=last).count() > CHANGED_SHARE * live


def _write(scope: str, draft: Path) -> _Written:
    # One statement, so one view of the database; outside of a transaction, so that nobody waits for it. In the
    # order of names: the station's table has the same, and takes them in several times as fast.
    rows = Document.objects.filter(scope=scope, body__isnull=False).order_by("type", "key").values_list(*LINE)
    documents, lines = 0, list[bytes]()
    with draft.open("wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            for row in rows.iterator(chunk_size=_CHUNK):
                lines.append(line_of(*row) + b"\n")
                if len(lines) == _CHUNK:
                    documents += len(lines)
                    packed.write(b"".join(lines))
                    lines.clear()
            documents += len(lines)
            packed.write(b"".join(lines))
        file.flush()
        os.fsync(file.fileno())
    with draft.open("rb") as file:
        return _Written(documents, draft.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _clear(now: datetime) -> None:
    """Delete what a newer one has replaced for long enough, and files that nothing tells of."""
    settled = Snapshot.objects.filter(made_at__lt=now - KEPT).values("scope").annotate(rev=Max("rev"))
    for scope, rev in settled.values_list("scope", "rev"):
        Snapshot.objects.filter(scope=scope, rev__lt=rev).delete()
    for scope in Snapshot.objects.values_list("scope", flat=True).distinct():
        # Where much is published all day, a day's files would fill the disk; who resumes an older one starts anew.
        kept = Snapshot.objects.filter(scope=scope).order_by("-rev").values_list("rev", flat=True)[:MOST_KEPT]
        Snapshot.objects.filter(scope=scope, rev__lt=min(kept)).delete()
    names = {_LOCK, *Snapshot.objects.values_list("name", flat=True)}
    for path in list(snapshot_folder().iterdir()):
        if path.name not in names:
            path.unlink()


@contextmanager
def _turn() -> Generator[bool]:
    """Whether this process may write here; until it leaves, no other may."""
    snapshot_folder().mkdir(mode=0o700, exist_ok=True)
    with (snapshot_folder() / _LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
