"""The wire examples in tests/data/wire: written once, and read for ever."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "wire"


def bytes_of(name: str) -> bytes:
    """A whole example."""
    return (FOLDER / name).read_bytes()


def lines_of_all(pattern: str) -> list[bytes]:
    """The lines of every example of a sort, file by file; a service that comes later has files of its own."""
    return [line for path in sorted(FOLDER.glob(pattern)) for line in lines_of(path.name)]


def lines_of(name: str) -> list[bytes]:
    """An example's lines without line ends."""
    return bytes_of(name).splitlines()
