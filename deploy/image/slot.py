"""A slot: the root as one read-only file system of fixed size, as the disk and the bundle carry it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .stages import Making, Stage, run

SLOT_BYTES: Final = 2560 * 1024**2
_UUID: Final = "a4c4e0d6-5b1e-4e8e-9d41-6f5a0f5d1a01"
_SEED: Final = "0d9c2e1c-7d8b-4b62-8b0a-1f2f6c7a5e02"
# What GRUB reads without fault, and nothing that a read-only root has use for.
_FEATURES: Final = "^has_journal,^metadata_csum,^orphan_file,^resize_inode,^64bit,^metadata_csum_seed"


def stage(making: Making) -> Stage:
    """`slot.ext4`."""
    out = making.out / "slot.ext4"
    inputs = ((making.out / "system.stamp").read_text(), str(SLOT_BYTES), _FEATURES)
    return Stage("slot", inputs, (out,), lambda: make_ext4(making, making.out / "system.tar", out))


def make_ext4(making: Making, source: Path, out: Path) -> None:
    """A file system with what the tar has, the same for the same tar, by the station's own mke2fs."""
    part = out.with_suffix(".part")
    part.unlink(missing_ok=True)
    with part.open("wb") as file:
        file.truncate(SLOT_BYTES)
    run([*tool(making, "mke2fs"), "-q", "-F", "-t", "ext4", "-O", _FEATURES, "-m", "0", "-L", "root", "-U", _UUID,
         "-E", f"hash_seed={_SEED},lazy_itable_init=0,root_owner=0:0", "-d", source, part], env=mke2fs_env(making))
    part.replace(out)


def mke2fs_env(making: Making) -> dict[str, str]:
    """Its date and its settings are the image's, never this machine's."""
    settings = making.tree / "etc/mke2fs.conf"
    return {**making.env, "E2FSPROGS_FAKE_TIME": str(making.epoch), "MKE2FS_CONFIG": str(settings)}


def tool(making: Making, name: str, folder: str = "usr/sbin") -> list[str]:
    """A program of the station's root on this machine, with its own libraries: the same bytes from every builder."""
    libraries = making.tree / "usr/lib/x86_64-linux-gnu"
    loader = next(libraries.glob("ld-linux-x86-64.so.2"))
    return [str(loader), "--library-path", str(libraries), str(making.tree / folder / name)]
