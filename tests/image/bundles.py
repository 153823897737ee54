"""Updates to try: bundles of this image's packages, good and spoilt, and sticks with them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from deploy.demo.processes import ROOT
from deploy.image import __main__ as image
from deploy.image import bundle
from deploy.image.stages import Making, run

NEW: Final = "2099.1.1"
NO_KERNEL: Final = Path(__file__).parent / "spoilt" / "kernel"
BY_FILE: Final = Path(__file__).parent / "spoilt" / "by-file"      # good, unless /data/site/spoilt says otherwise
_ROOM_BYTES: Final = 64 << 20       # on a stick, beside the bundle


def make_update(name: str, version: str = NEW, *, spoilt: Path | None = None) -> Path:
    """A bundle made from the same packages: a later version, with a fault if one is asked for; made once."""
    out = ROOT / "build" / "image" / f"update-{name}"
    first = image.prepare(ROOT / "build" / "image", version, None)
    out.mkdir(exist_ok=True)
    for kept in ("root-amd64.tar", "root.stamp", "wheels", "wheels.stamp", "ours", "ours.stamp"):
        target = out / kept
        if not target.exists():
            target.symlink_to(first.out / kept)
    making = Making(out, version, first.epoch, first.ca, spoilt=spoilt)
    image.make(making, until="slot")
    bundle.stage(making).run(out)
    return bundle.bundle_of(making)


def sign_again(update: Path, out: Path) -> Path:
    """The same bundle, signed by somebody whom no station trusts."""
    ours, stranger = ROOT / "build" / "image" / "signer", out / "stranger"
    out.mkdir(parents=True, exist_ok=True)
    run([ROOT / "deploy" / "image" / "keys", stranger])
    signed = out / update.name
    signed.unlink(missing_ok=True)
    run(["rauc", f"--conf={bundle.CONF}", "resign", f"--cert={stranger / 'cert.pem'}", f"--key={stranger / 'key.pem'}",
         f"--keyring={ours / 'ca.pem'}", f"--signing-keyring={stranger / 'ca.pem'}", update, signed])
    return signed


def make_stick(update: Path, stick: Path) -> None:
    """A stick as technicians have it: FAT, named YIZHAN, with this bundle."""
    with stick.open("wb") as file:
        file.truncate(update.stat().st_size + _ROOM_BYTES)
    for words in (["mformat", "-i", stick, "-F", "-v", "YIZHAN", "::"], ["mcopy", "-i", stick, update, "::/"]):
        subprocess.run(words, check=True)
