"""The update: the slot as a bundle of RAUC's, signed. The only part of the image that is not the same twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from .slot import SLOT_BYTES
from .stages import Making, Stage, digest_of, run

DOWNGRADE: Final = "downgrade-allowed"
CONF: Final = Path(__file__).parent / "station/etc/rauc/system.conf"


def stage(making: Making) -> Stage:
    """`yizhan-VERSION.raucb`."""
    out = bundle_of(making)
    inputs = (
        (making.out / "slot.stamp").read_text(), making.version, digest_of(making.ca), str(making.is_downgrade_allowed),
        str(SLOT_BYTES), digest_of(Path(__file__)),
    )
    return Stage("bundle", inputs, (out,), lambda: _build(making, out))


def bundle_of(making: Making) -> Path:
    """The file that updates a station."""
    return making.out / f"yizhan-{making.version}.raucb"


def _build(making: Making, out: Path) -> None:
    folder = making.out / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.link(making.out / "slot.ext4", folder / "root.img")
    description = DOWNGRADE if making.is_downgrade_allowed else "the station's system"
    (folder / "manifest.raucm").write_text(
        f"[update]\ncompatible=yizhan-x86-64\nversion={making.version}\ndescription={description}\n\n"
        "[bundle]\nformat=verity\n\n"
        # No index of blocks: a bundle is fetched whole before, and making the index reads both slots.
        "[image.rootfs]\nfilename=root.img\n"
    )
    out.unlink(missing_ok=True)
    # The station's own configuration says which kind of signer it takes.
    run(["rauc", f"--conf={CONF}", "bundle", f"--cert={making.ca / 'cert.pem'}", f"--key={making.ca / 'key.pem'}",
         f"--keyring={making.ca / 'ca.pem'}", "--mksquashfs-args=-comp zstd -Xcompression-level 3 -quiet -no-progress",
         folder, out], env=making.env, log=making.out / "bundle.log")
    shutil.rmtree(folder)
