"""Cut the power at very many moments of a log, and look at what each leaves."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from .checks import Partition, Wrong, boot_of, check_data, cut_out, digest_of, partitions_of
from .cuts import Cut, Disk
from .recorded import BEFORE, LOG, Recorded

_TELL_S: Final = 10.0
_SLOTS: Final = {"A": "yizhan-a", "B": "yizhan-b"}


class Tried(msgspec.Struct):
    """Cuts that were looked at: what was wrong, empty where all was well; kept, so that a run can go on."""

    image: str
    cuts: dict[str, str] = {}       # msgspec gives each its own


class Replay:
    """Goes through cuts in the order of their moments; what was tried before is not tried again."""

    def __init__(self, folder: Path, recorded: Recorded) -> None:
        self._folder, self._recorded = folder, recorded
        self._image, self._kept = folder / "cut.raw", folder / "tried.json"
        self._whole: dict[tuple[str, int], bool] = {}
        tried = msgspec.json.decode(self._kept.read_bytes(), type=Tried) if self._kept.exists() else None
        self.tried = tried if tried and tried.image == recorded.image else Tried(recorded.image)

    def run(self, cuts: list[Cut], until_s: float, boots: Callable[[Path, Cut], None] | None = None) -> list[str]:
        """Look at all of them, `boots` at those it shall start too; what was wrong with each that was not well."""
        subprocess.run(["cp", "--sparse=always", self._folder / BEFORE, self._image], check=True)
        self._parts = partitions_of(self._image)
        steps: Counter[str] = Counter()
        told_s = time.monotonic()
        with Disk(self._image, self._folder / LOG) as disk:
            for number, cut in enumerate(cuts, 1):
                name = f"{cut.requests}-{cut.seed}{'-boot' if boots else ''}"
                steps[self._recorded.step_at(disk.first(cut.requests))] += 1
                if self.tried.cuts.get(name) != "":
                    self._try(disk, cut, name, boots)
                if time.monotonic() - told_s > _TELL_S or number == len(cuts):
                    told_s = time.monotonic()
                    print(f"powercut: {number} of {len(cuts)}: {dict(steps)}", flush=True)
                if time.monotonic() > until_s:
                    print("powercut: time is over; the same command goes on from here", flush=True)
                    break
        self._image.unlink()
        return [f"{name}: {fault}" for name, fault in self.tried.cuts.items() if fault]

    def _try(self, disk: Disk, cut: Cut, name: str, boots: Callable[[Path, Cut], None] | None) -> None:
        fault = ""
        with disk.at(cut) as lost:
            try:
                self._check(disk, cut)
                if boots is not None:
                    boots(self._image, cut)
            except Wrong as wrong:
                fault = f"{wrong.args[0]} ({lost} writes were lost)"
                print(f"powercut: {name}: {fault}", flush=True)
        self.tried.cuts[name] = fault
        self._kept.write_bytes(msgspec.json.encode(self.tried))

    def _check(self, disk: Disk, cut: Cut) -> None:
        """What a cut leaves; raises Wrong."""
        boot = boot_of(self._image, self._parts["yizhan-boot"])
        for slot in boot.slots:
            self._check_slot(disk, cut, self._parts[_SLOTS[slot]])
        data = self._folder / "data.raw"
        cut_out(self._image, self._parts["yizhan-data"], data)
        out = self._folder / "out"
        check_data(data, out, self._recorded.confirmed_at(disk.first(cut.requests)))
        shutil.rmtree(out)
        data.unlink()

    def _check_slot(self, disk: Disk, cut: Cut, part: Partition) -> None:
        """A slot that may be started is one of the versions, whole."""
        # What was flushed last tells the content, for nobody writes to a slot that may be started.
        place = (part.name, disk.written_to(part.at, part.at + part.size, cut.requests))
        if place not in self._whole:
            versions = self._recorded.slots.items()
            self._whole[place] = any(digest_of(self._image, part, size) == name for name, size in versions)
        if not self._whole[place]:
            raise Wrong(f"{part.name} may be started and is not whole")
