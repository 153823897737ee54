"""`python -m deploy.image.compare`: the stages behind the root made a second time, elsewhere, and compared.

The root itself is as reproducible as mmdebstrap makes it from the same packages; `--root` makes that one again too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import __main__ as image
from . import disk
from .stages import ROOT, ImageFailed, Making, sha256_of

_STAGES = ("root-amd64.tar", "system.tar", "slot.ext4")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if nothing differs, else 1."""
    parser = argparse.ArgumentParser(prog="python -m deploy.image.compare", description="Make the image twice")
    parser.add_argument("--root", action="store_true", help="Debian's part too: some minutes more")
    given = parser.parse_args(arguments)
    try:
        first = image.prepare(ROOT / "build" / "image", _version(), None)
        image.make(first, until="disk")
        second = replace(first, out=first.out / "again")
        differs = _again(first, second, is_root_too=given.root)
    except ImageFailed as fault:
        print(f"image: {fault}", file=sys.stderr)
        return 1
    shutil.rmtree(second.out)
    return 1 if differs else 0


def _version() -> str:
    return f"{image.PROGRAM_DATE:%Y.%-m.%-d}"


def _again(first: Making, second: Making, *, is_root_too: bool) -> bool:
    """Make the second; whether anything differs."""
    shutil.rmtree(second.out, ignore_errors=True)
    second.out.mkdir(parents=True)
    if not is_root_too:
        for name in ("root-amd64.tar", "root.stamp"):
            os.link(first.out / name, second.out / name)
    image.make(second, until="disk")
    pairs = [(first.out / name, second.out / name) for name in _STAGES]
    pairs.append((disk.image_of(first), disk.image_of(second)))
    differs = False
    for one, other in pairs:
        same = sha256_of(one) == sha256_of(other)
        differs = differs or not same
        print(f"image: {one.name:28} {'the same' if same else 'DIFFERS'}", flush=True)
        if not same and one.suffix == ".tar":
            _tell(one, other)
    return differs


def _tell(one: Path, other: Path) -> None:
    """Which files of two tars differ."""
    import tarfile  # noqa: PLC0415

    with tarfile.open(one) as first, tarfile.open(other) as second:
        found = {entry.name: entry for entry in second}
        for entry in first:
            twin = found.pop(entry.name, None)
            if twin is None or entry.get_info() != twin.get_info() or entry.pax_headers != twin.pax_headers:
                print(f"    {entry.name}: {'missing' if twin is None else 'its entry'}")
            elif entry.isfile():
                mine, its = first.extractfile(entry), second.extractfile(twin)
                if mine is not None and its is not None and mine.read() != its.read():
                    print(f"    {entry.name}: what is in it")
        for name in found:
            print(f"    {name}: only the second time")


if __name__ == "__main__":
    sys.exit(main())
