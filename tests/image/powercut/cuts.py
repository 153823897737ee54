"""The disk as it may be found after a loss of power, at any moment of a log, with any luck of what was not flushed."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple

from .writes import Write, read_log

SECTOR_BYTES: Final = 512   # what a disk writes whole or not at all


class Cut(NamedTuple):
    """Power is lost when `requests` of the log have reached the disk; `seed` is the luck of what lay in its cache."""

    requests: int
    seed: int


def choose_cuts(total: int, count: int, seed: int, *, begin: int = 0) -> list[Cut]:
    """`count` moments of a log of `total` requests, rising, a few of them the same with other luck."""
    random = Random(seed)
    moments = sorted(random.randrange(begin, total + 1) for _ in range(count))
    return [Cut(moment, random.getrandbits(32)) for moment in moments]


class Disk:
    """An image that goes through a log; `at` leaves it as a cut finds it, and takes that back afterwards.

    Before the first cut the image is as it was when the log began.
    """

    def __init__(self, image: Path, log: Path) -> None:
        self._writes: Sequence[Write] = list(read_log(log))
        self._image = image.open("r+b", buffering=0)
        self._log = log.open("rb", buffering=0)
        self._durable = 0       # requests that are in the image for good

    def __enter__(self) -> Disk:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._image.close()
        self._log.close()

    @property
    def requests(self) -> int:
        """How many the log has."""
        return len(self._writes)

    def first(self, requests: int) -> Sequence[Write]:
        """So many of them from the beginning."""
        return self._writes[:requests]

    def written_to(self, first: int, end: int, requests: int) -> int:
        """How many of the first requests wrote between these bytes: while it stays the same, so does the content."""
        return sum(1 for write in self._writes[:requests] if write.at < end and write.at + write.size > first)

    @contextmanager
    def at(self, cut: Cut) -> Generator[int]:
        """The image as the cut leaves it, for the time of the block; how many writes got lost that were not flushed.

        Cuts come in the order of their moments.
        """
        flushed = self._last_flush(cut.requests)
        while self._durable < flushed:
            self._apply(self._writes[self._durable], None)
            self._durable += 1
        random = Random(cut.seed)
        luck = random.random()      # of some cuts nearly everything survives, of others nearly nothing
        lost = 0
        before: list[tuple[int, bytes]] = []
        for write in self._writes[flushed:cut.requests]:
            if write.is_fua or random.random() < luck:
                torn = None if write.is_fua or random.random() < 0.9 else random
                before += self._apply(write, torn)
            else:
                lost += 1
        try:
            yield lost
        finally:
            for place, content in reversed(before):
                _write_at(self._image, place, content)

    def _last_flush(self, requests: int) -> int:
        """How many requests lie before the last flush that had ended, itself included."""
        for number in range(requests, self._durable, -1):
            if self._writes[number - 1].flushes:
                return number
        return self._durable

    def _apply(self, write: Write, torn: Random | None) -> list[tuple[int, bytes]]:
        """Write it, or by chance only the sectors before one of its own; what was there before."""
        size = write.size
        if torn is not None and size > SECTOR_BYTES:
            size = torn.randrange(size // SECTOR_BYTES) * SECTOR_BYTES
        if not size or write.is_discard:
            return []       # what was discarded may still be there
        self._image.seek(write.at)
        before = self._image.read(size)
        self._log.seek(write.where)
        _write_at(self._image, write.at, self._log.read(size))
        return [(write.at, before)]


def _write_at(file: BinaryIO, place: int, content: bytes) -> None:
    file.seek(place)
    file.write(content)
