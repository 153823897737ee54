"""Bringing the blobs that documents need, when events and documents are through."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from sync.protocol.documents import Blob
from sync.protocol.errors import SyncError
from sync.protocol.wire import BLOB_PATH
from sync.station.errors import FileUnusable, OfficeBusy, OfficeUnreachable, StoreError
from sync.station.files.blobs import Blobs
from sync.station.files.download import Download, part_of
from sync.station.health import DISK_LOW

from .fetching import Fetch

_BACKOFF_S: Final = (60.0, 600.0, 3_600.0, 86_400.0)
_MAX_FAULTS: Final = 2      # in one go that are no file's own; then it is the line, or the office
logger = logging.getLogger(__name__)


class _Failing(Struct):
    times: int
    again_s: float      # by the clock that no one can set
    code: str


class BlobSupply:
    """Brings the blobs that documents need, one after the other; one that fails waits longer each time."""

    def __init__(self) -> None:
        self._failing: dict[str, _Failing] = {}
        self.fault = ""     # code of the last fault, empty when all is well

    def supply(self, blobs: Blobs, needed: Collection[Blob], fetch: Fetch, now_s: float) -> int:
        """Bring what is missing until the slice is over; how many are still missing. Never raises SyncError."""
        names = {blob.sha256 for blob in needed}
        self._failing = {sha256: failing for sha256, failing in self._failing.items() if sha256 in names}
        self.fault, faults = "", 0
        for blob in [blob for blob in needed if blobs.lacks(blob)]:
            if fetch.is_over() or faults >= _MAX_FAULTS:
                break
            failing = self._failing.get(blob.sha256)
            if failing is not None and failing.again_s > now_s:
                self.fault = failing.code
                continue
            try:
                self._bring(blobs, blob, names, fetch)
            except SyncError as fault:
                self._note(blob, fault, now_s)
                faults += not isinstance(fault, FileUnusable)
                if isinstance(fault, StoreError):
                    break
        return sum(blobs.lacks(blob) for blob in needed)

    def _bring(self, blobs: Blobs, blob: Blob, needed: Collection[str], fetch: Fetch) -> None:
        if not blobs.make_room(blob, needed):
            self.fault = DISK_LOW
            return
        path = blobs.path_of(blob.sha256)
        try:
            with Download(path, blob.size, blob.sha256, fetch.is_over) as download:
                if not download.is_whole:
                    self._get(blob, fetch, download)
                if download.is_whole:
                    download.finish()
                    self._failing.pop(blob.sha256, None)
        except FileUnusable:
            part_of(path).unlink(missing_ok=True)
            raise

    def _get(self, blob: Blob, fetch: Fetch, download: Download) -> None:
        before = download.size
        try:
            fetch.get(BLOB_PATH + blob.sha256, download)
        except OfficeUnreachable:
            if download.size > before:
                # On a bad line a large file comes in many pieces, and each is progress.
                self._failing.pop(blob.sha256, None)
            raise

    def _note(self, blob: Blob, fault: SyncError, now_s: float) -> None:
        self.fault = fault.code
        times = self._failing[blob.sha256].times + 1 if blob.sha256 in self._failing else 1
        asked_s = fault.retry_after_s if isinstance(fault, OfficeBusy) else 0.0
        wait_s = max(_BACKOFF_S[min(times, len(_BACKOFF_S)) - 1], asked_s)
        self._failing[blob.sha256] = _Failing(times, now_s + wait_s, fault.code)
        if times == 1:
            logger.warning("blobs: %s: %s", blob.sha256[:12], fault)
