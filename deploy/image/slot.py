"""A slot's content: the root as one read-only file system, as the disk and the bundle carry it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from .stages import ImageFailed, Making, Stage, digest_of, run

SLOT_BYTES: Final = 2560 * 1024**2      # of the partition
_BLOCK_BYTES: Final = 4096
_ROUND_BYTES: Final = 16 * 1024**2
_UUID: Final = "a4c4e0d6-5b1e-4e8e-9d41-6f5a0f5d1a01"
_SEED: Final = "0d9c2e1c-7d8b-4b62-8b0a-1f2f6c7a5e02"
# What GRUB reads without fault, and nothing that a read-only root has use for.
_FEATURES: Final = "^has_journal,^metadata_csum,^orphan_file,^resize_inode,^64bit,^metadata_csum_seed"


def stage(making: Making) -> Stage:
    """`slot.ext4`."""
    out = making.out / "slot.ext4"
    inputs = ((making.out / "system.stamp").read_text(), digest_of(Path(__file__)))
    return Stage("slot", inputs, (out,), lambda: make_ext4(making, making.out / "system.tar", out))


def make_ext4(making: Making, source: Path, out: Path) -> None:
    """A file system with what the tar has, the same for the same tar, by the station's own mke2fs."""
    part = out.with_suffix(".part")
    part.unlink(missing_ok=True)
    with part.open("wb") as file:
        file.truncate(size_for(making.tree))
    run([*tool(making, "mke2fs"), "-q", "-F", "-t", "ext4", "-O", _FEATURES, "-m", "0", "-L", "root", "-U", _UUID,
         "-E", f"hash_seed={_SEED},lazy_itable_init=0,root_owner=0:0", "-d", source, part], env=mke2fs_env(making))
    part.replace(out)


def size_for(tree: Path) -> int:
    """Bytes of a file system that holds this folder; raises ImageFailed if no slot does.

    No larger than that: an update writes every byte of it, used or not.
    """
    held: dict[tuple[int, int], int] = {}       # by inode: a file of two names is there once
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(folder, name))     # noqa: PTH118  # tens of thousands of them
            held[status.st_dev, status.st_ino] = -(-status.st_size // _BLOCK_BYTES) * _BLOCK_BYTES
    # A 64th is inodes; the rest is maps, and folders that are larger here than there.
    wanted = sum(held.values()) * 26 // 25 + 2 * _ROUND_BYTES
    size = -(-wanted // _ROUND_BYTES) * _ROUND_BYTES
    if size > SLOT_BYTES:
        raise ImageFailed(f"the system wants {size >> 20} MiB, a slot has {SLOT_BYTES >> 20}: leave something out")
    return size


def mke2fs_env(making: Making) -> dict[str, str]:
    """Its date and its settings are the image's, never this machine's."""
    settings = making.tree / "etc/mke2fs.conf"
    return {**making.env, "E2FSPROGS_FAKE_TIME": str(making.epoch), "MKE2FS_CONFIG": str(settings)}


def tool(making: Making, name: str, folder: str = "usr/sbin") -> list[str]:
    """A program of the station's root on this machine, with its own libraries: the same bytes from every builder."""
    libraries = making.tree / "usr/lib/x86_64-linux-gnu"
    loader = next(libraries.glob("ld-linux-x86-64.so.2"))
    return [str(loader), "--library-path", str(libraries), str(making.tree / folder / name)]
