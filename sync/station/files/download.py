"""Getting one file from the office: resumed where it was cut, and proven by its SHA-256 before it has its name."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from sync.station.database import sync_folder
from sync.station.errors import FileUnusable, StoreFull, StoreUnwritable
from sync.station.shared import folder_mode

RESERVE_BYTES: Final = 300 * 1024 * 1024    # of the disk; below it only the journal may grow
_CHUNK_BYTES: Final = 64 * 1024


class Download:
    """A file on its way, as `NAME.part` beside where it will lie; a context manager.

    Pass it to `OfficeClient.get_file` until `is_whole`, then `finish` it. `is_over` says when to pause.
    """

    def __init__(self, target: Path, size: int, sha256: str, is_over: Callable[[], bool]) -> None:
        self._target = target
        self._part = part_of(target)
        self._whole_size = size
        self._sha256 = sha256
        self._is_over = is_over
        self._file: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> Download:
        with on_disk(self._part):
            self._target.parent.mkdir(mode=folder_mode(self._target.parent.parent), parents=True, exist_ok=True)
            self._file = self._part.open("ab")
            self.size = self._file.tell()
        if self.size > self._whole_size:
            self.begin_at(0)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            with on_disk(self._part):
                self._file.close()

    @property
    def is_whole(self) -> bool:
        """Whether as many bytes are here as were promised."""
        return self.size >= self._whole_size

    def wants_more(self) -> bool:
        """Whether bytes are missing and there is time."""
        return not self.is_whole and not self._is_over()

    def begin_at(self, start: int) -> None:
        """Go on after these many bytes."""
        if start != self.size:
            with on_disk(self._part):
                self._opened().truncate(start)
            self.size = start

    def write(self, chunk: bytes) -> None:
        """The next bytes; raises FileUnusable if they are more than were promised, StoreFull."""
        if self.size + len(chunk) > self._whole_size:
            self._forget()
            raise FileUnusable(f"more than {self._whole_size} bytes")
        with on_disk(self._part):
            self._opened().write(chunk)
        self.size += len(chunk)

    def finish(self) -> None:
        """Prove the whole file and give it its name; a wrong one is deleted, and FileUnusable raised."""
        file = self._opened()
        with on_disk(self._part):
            file.flush()
            os.fsync(file.fileno())
            if sha256_of(self._part) != self._sha256:
                self._forget()
                raise FileUnusable("another SHA-256 than promised")
            self._part.rename(self._target)
            sync_folder(self._target.parent)

    def _forget(self) -> None:
        self.begin_at(0)
        with on_disk(self._part):
            self._part.unlink(missing_ok=True)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise StoreUnwritable(f"{self._part.name} is not open")
        return self._file


def part_of(target: Path) -> Path:
    """Where a file lies until it is whole."""
    return target.with_name(f"{target.name}.part")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def free_bytes(folder: Path) -> int:
    """Free space where a folder lies; 0 if that cannot be found out."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


@contextmanager
def on_disk(path: Path) -> Generator[None]:
    """Raise the disk's errors as StoreFull or StoreUnwritable."""
    try:
        yield
    except OSError as cause:
        kind = StoreFull if cause.errno in {errno.ENOSPC, errno.EDQUOT} else StoreUnwritable
        raise kind(f"{path.name}: {cause.strerror}") from cause
