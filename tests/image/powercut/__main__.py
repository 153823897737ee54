"""`make powercut`: a station loses its power at very many moments of its work; what was confirmed is there afterwards.

The workload is played once for an image (record.py). Then the disk is made anew as hundreds of losses of power would
leave it, and looked at without being started; some of them are booted too. CUTS=200 SEED=1 BOOTS=8 MINUTES=15; the same
command goes on where time was over.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

from deploy.demo.processes import ROOT, DemoFailed
from deploy.image.stages import ImageFailed, sha256_of
from tests.image.machine import MachineFailed, make_disk
from tests.image.station import Station, needs_root, newest_image

from .checks import Wrong
from .cuts import Cut, choose_cuts
from .record import record
from .recorded import LOG, Recorded, find
from .replay import Replay
from .writes import read_log

OUT: Final = ROOT / "build" / "image" / "powercut"


def main() -> int:
    """0 if nothing was wrong with any cut."""
    parser = argparse.ArgumentParser(prog="python -m tests.image.powercut")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--boots", type=int, default=8, help="so many of others are started too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15)
    given = parser.parse_args()
    needs_root()
    until_s = time.monotonic() + given.minutes * 60
    try:
        image = newest_image()
        recorded = find(OUT, sha256_of(image)) or record(image, OUT)
        total = sum(1 for _ in read_log(OUT / LOG))
        print(f"powercut: {total:,} requests, {len(recorded.confirmed)} check-ins confirmed", flush=True)
        wrong = _replay(recorded, image, choose_cuts(total, given.cuts, given.seed), given, until_s)
    except (MachineFailed, ImageFailed, DemoFailed) as fault:
        print(f"powercut: {fault}", file=sys.stderr)
        return 1
    print("\n".join(wrong) or "powercut: nothing was lost")
    return 1 if wrong else 0


def _replay(
    recorded: Recorded, image: Path, cuts: list[Cut], given: argparse.Namespace, until_s: float
) -> list[str]:
    replay = Replay(OUT, recorded)
    wrong = replay.run(cuts, until_s)
    if given.boots and time.monotonic() < until_s:
        few = choose_cuts(max(cut.requests for cut in cuts), given.boots, given.seed + 1)
        wrong = replay.run(few, until_s, partial(_boot, image))
    return wrong


def _boot(image: Path, disk: Path, cut: Cut) -> None:
    """The station comes up by itself, to a screen of the kiosk; raises Wrong."""
    folder = OUT / f"boot-{cut.requests}-{cut.seed}"
    station = Station(image, folder)
    make_disk(disk, station.disk)
    try:
        station.switch_on()
        station.wait_for_screen("after the loss of power")
        station.wait_for_shell()
        failed = station.shell.ask("systemctl --failed --no-legend --plain --no-pager")
        if failed:
            raise Wrong(f"units that do not start: {failed}")
    except (MachineFailed, subprocess.CalledProcessError) as fault:
        raise Wrong(f"it does not start: {fault}") from fault
    finally:
        station.switch_off()
        station.disk.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
