"""`make image`: wheels, root, system, slot, disk, bundle, bill of materials; each only where something changed."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Final

from sync.station.clock import PROGRAM_DATE

from . import bundle, disk, root, sbom, slot, system, wheels
from .stages import ROOT, ImageFailed, Making, Stage, run, sha256_of

_OUT: Final = ROOT / "build" / "image"
_NEEDED_BYTES: Final = 12 * 1024**3
_LAST: Final = "bundle"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the image; 0, 1 if it could not be made, 3 if somebody must do something first."""
    parser = argparse.ArgumentParser(prog="python -m deploy.image", description="Make the station's image")
    parser.add_argument("--version", default=f"{PROGRAM_DATE:%Y.%-m.%-d}", help="YEAR.MONTH.NUMBER of a release")
    parser.add_argument("--out", type=Path, default=_OUT)
    parser.add_argument("--ca", type=Path, help="folder of the release's signer; without it, one made for development")
    parser.add_argument("--fresh", default="", help="any word: get Debian's packages anew")
    parser.add_argument("--arch", default="amd64", choices=["amd64", "arm64"], help="arm64: its root alone")
    parser.add_argument("--until", default=_LAST, help="stop after this stage and those beside it")
    given = parser.parse_args(arguments)
    if os.geteuid() != 0:
        print("image: a root is made by root: run `sudo make image`", file=sys.stderr)
        return 3
    began_s = time.monotonic()
    try:
        making = prepare(given.out, given.version, given.ca)
        if given.arch != "amd64":
            make_root(making, given.arch, given.fresh)
            return 0
        make(making, fresh=given.fresh, until=given.until)
    except ImageFailed as fault:
        print(f"image: {fault}", file=sys.stderr)
        return 1
    if given.until == _LAST:
        finish(making)
    print(f"image: {time.monotonic() - began_s:.0f} s altogether")
    return 0


def make_root(making: Making, arch: str, fresh: str) -> None:
    """Debian's part for another architecture, and what there is not; raises ImageFailed."""
    stage = root.stage(making, arch=arch, fresh=fresh)
    stage.run(making.out)
    size = stage.outputs[0].stat().st_size >> 20
    print(f"image: {stage.outputs[0].name} is Debian's part for {arch}, {size} MiB")
    print(f"image: not made for {arch}: our programs, boot loader, slots, disk, update. Nothing of it was booted")


def prepare(out: Path, version: str, ca: Path | None) -> Making:
    """A place and a signer; raises ImageFailed."""
    out.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(out).free
    if free < _NEEDED_BYTES and not (out / "root.stamp").exists():
        raise ImageFailed(f"{out} has {free >> 30} GiB free, {_NEEDED_BYTES >> 30} are needed")
    if ca is None:
        ca = out / "signer"
        run([Path(__file__).with_name("keys"), ca])
    for name in ("ca.pem", "cert.pem", "key.pem"):
        if not (ca / name).is_file():
            raise ImageFailed(f"{ca} has no {name}")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", PROGRAM_DATE.timestamp()))
    return Making(out, version, epoch, ca)


def make(making: Making, *, fresh: str = "", until: str = _LAST) -> None:
    """All stages in their order, those that need it; raises ImageFailed."""
    # Each row is asked for when its turn comes: it depends on what the ones before it have left. Those of a row need
    # nothing of each other, and run at the same time.
    rows: list[Callable[[], Sequence[Stage]]] = [
        lambda: (*wheels.stages(making), root.stage(making, fresh=fresh)),
        lambda: (system.stage(making),),
        lambda: (slot.stage(making), sbom.stage(making)),
        lambda: (disk.stage(making), bundle.stage(making)),
    ]
    for ask in rows:
        row = ask()
        with ThreadPoolExecutor() as threads:
            list(threads.map(Stage.run, row, repeat(making.out)))
        if any(stage.name == until for stage in row):
            return


def finish(making: Making) -> None:
    """The checksums, the sizes, and what to do next."""
    image = disk.image_of(making)
    made = [image, image.with_suffix(".bmap"), bundle.bundle_of(making), sbom.bill_of(making)]
    sums = making.out / "SHA256SUMS"
    if not sums.exists() or any(path.stat().st_mtime > sums.stat().st_mtime for path in made):
        sums.write_text("".join(f"{sha256_of(path)}  {path.name}\n" for path in made))
    for path in made:
        status = path.stat()
        print(f"image: {path.name:32} {status.st_blocks * 512 / 2**20:7.0f} MiB on the disk")
    is_trial = making.ca.parent == making.out
    print(f"image: signed by {'the development signer, never for a release' if is_trial else making.ca}")
    print(f"image: write it to a disk or stick: deploy/flash {image} /dev/sdX")


if __name__ == "__main__":
    sys.exit(main())
