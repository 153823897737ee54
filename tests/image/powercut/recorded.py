"""What a workload leaves: the disk as it was before, the log of its writes, and what the screen confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from .writes import Write


class Confirmed(msgspec.Struct, frozen=True):
    """From this byte of the log on, the screen had said that so many events of each kind are kept."""

    log_bytes: int
    kinds: dict[str, int]


class Recorded(msgspec.Struct, frozen=True):
    """One workload; the files lie beside it as `before.raw` and `writes.log`."""

    image: str                          # SHA-256 of the image it began with
    slots: dict[str, int]               # SHA-256 of what a slot may hold to its bytes; anything else is no whole slot
    confirmed: tuple[Confirmed, ...]    # in the order they were seen
    steps: dict[str, int]               # byte of the log at which each step of the workload began

    def confirmed_at(self, requests: Sequence[Write]) -> dict[str, int]:
        """What must be there once these requests have reached the disk."""
        end = requests[-1].where + requests[-1].size if requests else 0
        return next((one.kinds for one in reversed(self.confirmed) if one.log_bytes <= end), {})

    def step_at(self, requests: Sequence[Write]) -> str:
        """What the workload was at."""
        end = requests[-1].where if requests else 0
        return next((name for name, begun in reversed(self.steps.items()) if begun <= end), "start")


BEFORE: Final = "before.raw"
LOG: Final = "writes.log"
_NAME: Final = "recorded.json"


def keep(folder: Path, recorded: Recorded) -> None:
    """Write it beside its files; only now it counts."""
    (folder / _NAME).write_bytes(msgspec.json.format(msgspec.json.encode(recorded)))


def find(folder: Path, image: str) -> Recorded | None:
    """What was recorded with this image, if it was."""
    path = folder / _NAME
    if not path.exists():
        return None
    found = msgspec.json.decode(path.read_bytes(), type=Recorded)
    return found if found.image == image else None
