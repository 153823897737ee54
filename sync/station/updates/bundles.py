"""The folder of updates: bundles as they come from the office, in pieces, or from a stick."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from sync.protocol.documents import Release
from sync.protocol.errors import SyncError
from sync.protocol.wire import BLOB_PATH
from sync.station.errors import FileUnusable, OfficeBusy, StoreFull
from sync.station.exchange.fetching import Fetch
from sync.station.files.download import RESERVE_BYTES, Download, free_bytes, on_disk, part_of
from sync.station.host.errors import BundleMisplaced
from sync.station.host.table import BundleName

from .state import FROM_STICK

_BACKOFF_S: Final = (60.0, 300.0, 1_800.0, 3_600.0)
_END: Final = ".raucb"
_CHUNK_BYTES: Final = 1 << 20
logger = logging.getLogger(__name__)


class OnStick(NamedTuple):
    """A bundle on a stick; equal to what it was as long as nobody changed it."""

    path: Path
    size: int       # bytes
    changed: float  # as the stick has it


class Bundles:
    """Brings bundles, and removes those that nobody waits for."""

    def __init__(self, folder: Path, elapsed_s: Callable[[], float]) -> None:
        self.folder = folder
        self._elapsed_s = elapsed_s
        self._again_s = 0.0
        self._failures = 0

    def has(self, release: Release) -> bool:
        """Whether the whole bundle is here; it has its name only when it was proven."""
        path = self.folder / name_of(release)
        return path.is_file() and path.stat().st_size == release.bundle.size

    def bring(self, release: Release, fetch: Fetch) -> bool:
        """Get a piece more of it, and say whether it is whole; raises SyncError, then waits longer each time."""
        if self._elapsed_s() < self._again_s:
            return False
        try:
            is_whole = self._bring(release, fetch)
        except SyncError as fault:
            asked_s = fault.retry_after_s if isinstance(fault, OfficeBusy) else 0.0
            wait_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
            self._failures += 1
            self._again_s = self._elapsed_s() + max(wait_s, asked_s)
            raise
        self._failures = 0
        return is_whole

    def _bring(self, release: Release, fetch: Fetch) -> bool:
        path, bundle = self.folder / name_of(release), release.bundle
        here = part_of(path).stat().st_size if part_of(path).exists() else 0
        self.keep_only({path.name})
        if free_bytes(self.folder) < RESERVE_BYTES + bundle.size - here:
            raise StoreFull(f"{bundle.size} bytes for {path.name}")
        before = here
        try:
            with Download(path, bundle.size, bundle.sha256, fetch.is_over) as download:
                if not download.is_whole:
                    fetch.get(BLOB_PATH + bundle.sha256, download)
                if download.is_whole:
                    download.finish()
                    logger.info("updates: %s is here, %s bytes", path.name, bundle.size)
                    return True
        except FileUnusable:
            part_of(path).unlink(missing_ok=True)
            raise
        except SyncError:
            if part_of(path).exists() and part_of(path).stat().st_size > before:
                self._failures = 0      # on a bad line each piece is progress
            raise
        return False

    def take(self, file: OnStick) -> str:
        """Copy a stick's bundle here, where nobody can change it any more; its name. Raises StoreFull, StoreUnwritable,
        and BundleMisplaced if the stick cannot be read."""
        name = f"{FROM_STICK}{file.size}{_END}"
        target = self.folder / name
        needed = RESERVE_BYTES + file.size
        if free_bytes(self.folder) < needed:
            self.keep_only(())
        if free_bytes(self.folder) < needed:
            raise StoreFull(f"{file.size} bytes for {name}")
        with on_disk(target), part_of(target).open("wb") as copy:
            for chunk in _chunks(file.path):
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())     # a power cut must not leave half of it under its name
            part_of(target).rename(target)
        return name

    def keep_only(self, names: Collection[BundleName]) -> None:
        """Remove every other bundle, and every other beginning of one."""
        for path in self.folder.glob("*"):
            if path.name.removesuffix(".part") not in names and path.name.endswith((_END, f"{_END}.part")):
                with suppress(OSError):
                    path.unlink()


def name_of(release: Release) -> str:
    """A bundle's file: its version and the beginning of its SHA-256, so that no other is taken for it."""
    return f"{release.release}-{release.bundle.sha256[:12]}{_END}"


def _chunks(file: Path) -> Generator[bytes]:
    """All of a file of a stick; raises BundleMisplaced if the stick is pulled or broken."""
    try:
        with file.open("rb") as source:
            yield from iter(partial(source.read, _CHUNK_BYTES), b"")
    except OSError as cause:
        raise BundleMisplaced(f"{file.name}: {cause.strerror}") from cause


def find_on_stick(stick: Path) -> OnStick | None:
    """The bundle on a stick that is plugged in, the one with the last name if there are several."""
    try:
        found = sorted(path for path in stick.glob(f"*{_END}") if path.is_file() and not path.name.startswith("."))
        if not found:
            return None
        status = found[-1].stat()
    except OSError:
        return None     # it was pulled meanwhile, or cannot be read
    return OnStick(found[-1], status.st_size, status.st_mtime)
