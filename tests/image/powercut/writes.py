"""The log of a disk's writes and flushes, as QEMU's `blklogwrites` keeps it.

The format is that of Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst): a super block,
then for each request an entry in a sector of its own, followed by what was written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = 0x6A736677736872
_SUPER: Final = struct.Struct("<QQQI")
_ENTRY: Final = struct.Struct("<QQQQ")
_FLUSH, _FUA, _DISCARD, _MARK = 1, 2, 4, 8


class LogBroken(Exception):
    """The file is no log of writes; `args[0]` says why."""


class Write(NamedTuple):
    """One request, in the order in which the disk took them."""

    at: int         # byte on the disk
    size: int       # bytes; 0 for a flush alone
    flushes: bool   # everything before it is on the disk for good
    is_fua: bool    # it is itself, once it is done
    is_discard: bool
    where: int      # byte of the log at which its data lies


def read_log(path: Path) -> Iterator[Write]:
    """All requests of a log, also of one that is still being written; raises LogBroken."""
    with path.open("rb") as file:
        sector = _sector_size(file.read(_SUPER.size))
        place, end = sector, path.stat().st_size
        while place + sector <= end:
            file.seek(place)
            first, count, flags, _length = _ENTRY.unpack(file.read(_ENTRY.size))
            place += sector
            size = 0 if flags & _MARK else count * sector
            has_data = not flags & _DISCARD
            if place + (size if has_data else 0) > end or not (count or flags):
                return      # not whole yet
            yield Write(first * sector, size, bool(flags & _FLUSH), bool(flags & _FUA), not has_data, place)
            place += size if has_data else 0


def _sector_size(head: bytes) -> int:
    if len(head) < _SUPER.size:
        raise LogBroken("shorter than its first sector")
    magic, version, _entries, sector = _SUPER.unpack(head)
    if magic != _MAGIC or version != 1:
        raise LogBroken(f"magic {magic:x}, version {version}")
    return int(sector)
