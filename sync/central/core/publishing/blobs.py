"""Blobs: files that documents need, kept under their SHA-256 in the data folder."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from msgspec.structs import replace

from sync.central.core.models import Blob, Counter, Document
from sync.protocol import documents as docs
from sync.protocol.errors import SyncError

from .documents import publish

MAX_BLOB_BYTES: Final = 512 * 1024 * 1024
BUNDLE: Final = "application/vnd.rauc"
_CHUNK_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 64
_DRAFT: Final = "draft-"
# What a screen can show or play, by how its files begin.
_MEDIA_TYPES: Final = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/webp": rb"RIFF.{4}WEBP",
    "video/mp4": rb".{4}ftyp(?:iso[m2-9]|mp4[12]|avc1|M4V |MSNV|dash)",
    "video/webm": rb"\x1aE\xdf\xa3.{0,48}webm",
    "audio/mpeg": rb"ID3|\xff[\xf2\xf3\xfa\xfb]",
    "audio/ogg": rb"OggS",
    "application/pdf": rb"%PDF-",
    BUNDLE: rb"hsqs",   # a squashfs, as update bundles are
}


class BlobRefused(SyncError):
    """A file cannot be added, or is not there; `detail` says why, in words for staff."""

    code = "OFFICE-BLOB"
    next_step = "请换一个文件再试"


class Listed(NamedTuple):
    """A blob, whether a document refers to it, and whether its file is in the folder."""

    blob: Blob
    is_needed: bool
    has_file: bool


def blob_path(sha256: str) -> Path:
    """Where the file of this SHA-256 lies, if there is one."""
    return _folder() / sha256


def add_blob(path: Path, now: datetime, *, is_bundle: bool = False) -> Blob:
    """Take a copy of this file; `is_bundle` says that it has to be an update.

    One that is there already is young again. Raises BlobRefused, OSError.
    """
    _folder().mkdir(mode=0o700, exist_ok=True)
    draft = _folder() / f"{_DRAFT}{secrets.token_hex(8)}"
    try:
        with path.open("rb") as source, draft.open("xb") as target:
            head, size, sha256 = _copy(source, target)
        media_type = next((name for name, start in _MEDIA_TYPES.items() if re.match(start, head, re.DOTALL)), "")
        if is_bundle and media_type != BUNDLE:
            raise BlobRefused(f"{path.name} 不是更新包：里面不是 RAUC 做的更新包（.raucb）")
        if not media_type:
            raise BlobRefused(f"{path.name}：只能用 JPEG、PNG、WebP、MP4、WebM、MP3、Ogg、PDF 或更新包（.raucb）")
        with transaction.atomic():
            # The row first: whoever deletes a file has deleted its row before, and waits for this one.
            blob, _ = Blob.objects.update_or_create(sha256=sha256, defaults={
                "size": size, "media_type": media_type, "name": _name_of(path), "added_at": now,
            })
            draft.rename(blob_path(sha256))
    finally:
        draft.unlink(missing_ok=True)
    return blob


def publish_poster(scope: str, poster: docs.Poster, sha256: str) -> int:
    """Publish a poster with this picture; raises BlobRefused if there is no such blob."""
    with transaction.atomic():
        blob = Blob.objects.filter(sha256=sha256).first()
        if blob is None or not blob.media_type.startswith("image/"):
            raise BlobRefused(f"没有这张图片：{sha256}")
        picture = docs.Blob(blob.sha256, blob.size, blob.media_type)
        count = publish(scope, [replace(poster, blobs=(picture,))])
        # Asked again under the lock of publishing, which `remove_unneeded` holds too.
        if not Blob.objects.filter(sha256=sha256).exists():
            raise BlobRefused(f"没有这张图片：{sha256}")
    return count


def list_blobs() -> Iterator[Listed]:
    """Every blob, the oldest first."""
    needed = _needed()
    for blob in Blob.objects.order_by("added_at", "sha256"):
        yield Listed(blob, blob.sha256 in needed, blob_path(blob.sha256).is_file())


def remove_unneeded(before: datetime) -> int:
    """Delete blobs that no document refers to and that were added before this moment; returns how many."""
    with transaction.atomic():
        Counter.objects.select_for_update().get()   # nobody may publish a document that needs one meanwhile
        old = Blob.objects.filter(added_at__lt=before).values_list("sha256", flat=True)
        unneeded = sorted(set(old) - _needed())
        Blob.objects.filter(sha256__in=unneeded).delete()
        for sha256 in unneeded:
            blob_path(sha256).unlink(missing_ok=True)
    for draft in _folder().glob(f"{_DRAFT}*"):
        if draft.stat().st_mtime < before.timestamp():
            draft.unlink()
    return len(unneeded)


def _folder() -> Path:
    return settings.YIZHAN_DATA / "blobs"


def _name_of(path: Path) -> str:
    """A file's name as a database can hold it."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)[:200]


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[bytes, int, str]:
    """Copy a file to the disk; its first bytes, its size and SHA-256. Raises BlobRefused."""
    digest, head, size = hashlib.sha256(), b"", 0
    while chunk := source.read(_CHUNK_BYTES):
        head = head or chunk[:_HEAD_BYTES]
        size += len(chunk)
        if size > MAX_BLOB_BYTES:
            raise BlobRefused(f"文件不能超过 {MAX_BLOB_BYTES // 1024**2} MB")
        digest.update(chunk)
        target.write(chunk)
    target.flush()
    os.fsync(target.fileno())
    return head, size, digest.hexdigest()


def _needed() -> set[str]:
    """SHA-256 of every file that a live document refers to."""
    bodies = Document.objects.filter(
        Q(body__contains='"blobs":[') | Q(body__contains='"bundle":{')
    ).values_list("body", flat=True)
    return {blob.sha256 for body in bodies.iterator() if body for blob in docs.files_of(body)}
