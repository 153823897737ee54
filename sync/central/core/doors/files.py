"""The stations' doors to files: snapshots of their scopes, and blobs. Resumed by Range, streamed from disk."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sync.central.core.models import Blob, Snapshot
from sync.central.core.publishing.blobs import blob_path
from sync.central.core.publishing.documents import scopes_for
from sync.central.core.publishing.snapshots import snapshot_folder
from sync.central.core.refusals import Refused
from sync.protocol import wire

from .messages import FilePart, Request, Response, refusal, visitor_of

logger = logging.getLogger(__name__)

_NAME: Final = re.compile(r"[0-9A-Za-z._-]{1,96}", re.ASCII)
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


def snapshot_door(request: Request) -> Response:
    """GET /api/v1/snapshots/NAME: one of a scope that the station pulls; signed."""
    scopes = scopes_for(visitor_of(request))
    snapshot = Snapshot.objects.filter(name=_name_in(request, wire.SNAPSHOT_PATH), scope__in=scopes).first()
    if snapshot is None:
        raise Refused("not-found")
    return _answer(request, snapshot_folder() / snapshot.name, "application/gzip", snapshot.sha256)


def blob_door(request: Request) -> Response:
    """GET /api/v1/blobs/SHA256: whoever knows the name has seen a document that needs it; signed."""
    visitor_of(request)
    blob = Blob.objects.filter(sha256=_name_in(request, wire.BLOB_PATH)).first()
    if blob is None:
        raise Refused("not-found")
    return _answer(request, blob_path(blob.sha256), blob.media_type, blob.sha256)


def _name_in(request: Request, folder: str) -> str:
    name = request.path.removeprefix(folder)
    if not _NAME.fullmatch(name):
        raise Refused("not-found")
    return name


def _answer(request: Request, path: Path, content_type: str, sha256: str) -> Response:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        logger.warning("the file %s is missing in the data folder", path.name)
        raise Refused("not-found") from None
    headers = {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes", "Cache-Control": "private"}
    wanted = _range_in(request.headers, headers["ETag"])
    if wanted is None:
        return Response(200, FilePart(path, 0, size), content_type, headers)
    start, end = wanted[0], min(wanted[1], size - 1)
    if start >= size:
        refused = refusal("range")
        return refused._replace(headers={**refused.headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(206, FilePart(path, start, end - start + 1), content_type, headers)


def _range_in(headers: Mapping[str, str], etag: str) -> tuple[int, int] | None:
    """First and last byte asked for; None means the whole file, also if it is asked in a way not known here."""
    # whitenoise has a reader of ranges, but refuses one that is a single byte: a resume may lack just that.
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or headers.get("if-range", etag) != etag:
        return None
    start, end = int(found[1]), int(found[2] or 10**15)
    return (start, end) if start <= end else None
