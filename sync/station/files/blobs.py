"""Blobs: files that documents need, by SHA-256 in `blobs/ab/…`; the file system is the only record of them.

A file has its name only when it is whole and proven. When it was last used is its modification time.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from sync.protocol.documents import Blob

from .download import RESERVE_BYTES, free_bytes

QUOTA_BYTES: Final = 2 * 1024**3
_FREE_SHARE: Final = 0.5        # of the disk that is free or ours
_DAY_S: Final = 86_400.0
_UNUSED_S: Final = 7 * _DAY_S   # so long a needed file must lie unused before a new one may take its place
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
logger = logging.getLogger(__name__)


class Held(NamedTuple):
    """A file that is here, or a part of one."""

    path: Path
    size: int
    used_at: float      # seconds since 1970

    @property
    def sha256(self) -> str:
        """What it is, or will be."""
        return self.path.name.removesuffix(".part")


class Blobs:
    """The files on this disk; the kiosk finds them, the agent brings and removes them."""

    def __init__(self, folder: Path, quota_bytes: int = QUOTA_BYTES) -> None:
        self.folder = folder
        self._quota_bytes = quota_bytes

    def find(self, sha256: str) -> Path | None:
        """The file, if it is here."""
        if not _SHA256.fullmatch(sha256):
            return None
        path = self.path_of(sha256)
        try:
            used_at = path.stat().st_mtime
        except OSError:
            return None
        if abs(time.time() - used_at) > _DAY_S:
            with suppress(OSError):
                os.utime(path)
        return path

    def path_of(self, sha256: str) -> Path:
        """Where it lies, or will lie."""
        return self.folder / sha256[:2] / sha256

    def lacks(self, blob: Blob) -> bool:
        """Whether it is still to be brought."""
        try:
            return self.path_of(blob.sha256).stat().st_size != blob.size
        except OSError:
            return True

    def make_room(self, blob: Blob, needed: Collection[str]) -> bool:
        """Whether there is room for it now; what nobody needs goes first, then what has long been unused."""
        held = sorted(self._held(), key=lambda file: (file.sha256 in needed, file.used_at))
        here = sum(file.size for file in held if file.sha256 == blob.sha256)
        used, free = sum(file.size for file in held), free_bytes(self.folder.parent)
        quota = min(self._quota_bytes, int((free + used) * _FREE_SHARE))
        excess = max(used - here + blob.size - quota, RESERVE_BYTES + blob.size - here - free)
        if blob.size > quota:
            return False
        going: list[Held] = []
        for file in held:
            if excess <= 0:
                break
            if file.sha256 == blob.sha256 or not _may_go(file, needed):
                continue
            going.append(file)
            excess -= file.size
        if excess > 0:
            return False
        _remove(going)
        return True

    def keep_reserve(self, needed: Collection[str], beyond: int = 0) -> None:
        """Give the journal its share of the disk back when something else filled it, and so many bytes beyond."""
        lack = RESERVE_BYTES + beyond - free_bytes(self.folder.parent)
        for file in sorted(self._held(), key=lambda file: (file.sha256 in needed, file.used_at)):
            if lack <= 0:
                return
            _remove([file])
            lack -= file.size

    def _held(self) -> list[Held]:
        found: list[Held] = []
        for path in self.folder.glob("??/*"):
            # The kiosk or a technician may delete one meanwhile.
            with suppress(OSError):
                stat = path.stat()
                found.append(Held(path, stat.st_size, stat.st_mtime))
        return found


def _may_go(file: Held, needed: Collection[str]) -> bool:
    return file.sha256 not in needed or time.time() - file.used_at > _UNUSED_S


def _remove(files: Collection[Held]) -> None:
    for file in files:
        with suppress(OSError):
            file.path.unlink()
            logger.info("blobs: %s removed, %s bytes", file.sha256[:12], file.size)
