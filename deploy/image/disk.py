"""The disk that is flashed: boot partition, slot A, an empty slot B, data; with a map of what is not empty."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from .slot import SLOT_BYTES, mke2fs_env, tool
from .stages import Making, Stage, digest_of, run

_MIB: Final = 1024**2
_BOOT: Final = Path(__file__).parent / "boot"
_BOOT_BYTES: Final = 64 * _MIB
_DATA_BYTES: Final = 512 * _MIB     # grown to the rest of the disk on the first boot
_SERIAL: Final = "59495A48"
_DATA_UUID: Final = "5a1c9f0e-3a55-4d43-8b4e-0c7d1d0f5d03"
_DATA_SEED: Final = "93d1b7fd-c4f2-4a39-8a6c-55d4f6f0ce04"
_MODULES: Final = (
    "part_gpt", "fat", "ext2", "normal", "linux", "loadenv", "test", "regexp", "echo", "reboot", "sleep", "configfile",
    "all_video", "efi_gop", "efi_uga", "video", "true",
)
# Type and number of each partition are fixed; the names are what a station looks for.
_ESP: Final = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
_ROOT: Final = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
_LINUX: Final = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_DISK: Final = "5C9A3B52-3C7B-4D0C-9E6C-6D1E5E0B7A1"     # and one digit more
_BY_ITSELF: Final = ', attrs="GUID:63"'                 # of a slot: nothing mounts it because it is there
_TABLE: Final = f"""label: gpt
label-id: {_DISK}0
first-lba: 2048
start={{boot_at}}, size={{boot}}, type={_ESP}, uuid={_DISK}1, name="yizhan-boot"
start={{a_at}}, size={{slot}}, type={_ROOT}, uuid={_DISK}2, name="yizhan-a"{_BY_ITSELF}
start={{b_at}}, size={{slot}}, type={_ROOT}, uuid={_DISK}3, name="yizhan-b"{_BY_ITSELF}
start={{data_at}}, size={{data}}, type={_LINUX}, uuid={_DISK}4, name="yizhan-data"
"""
_NEW: Final = b"# GRUB Environment Block\ngood=A\ntrial=\ntries=0\n".ljust(1024, b"#")


def stage(making: Making) -> Stage:
    """`yizhan-VERSION.img` and its `.bmap`."""
    image = image_of(making)
    inputs = ((making.out / "slot.stamp").read_text(), digest_of(_BOOT), digest_of(Path(__file__)), making.version)
    return Stage("disk", inputs, (image, image.with_suffix(".bmap")), lambda: _build(making, image))


def image_of(making: Making) -> Path:
    """The file that is flashed."""
    return making.out / f"yizhan-{making.version}.img"


def _build(making: Making, image: Path) -> None:
    boot, data = making.out / "boot.fat", making.out / "data.ext4"
    _make_boot(making, boot)
    _make_data(making, data)
    part = image.with_suffix(".part")
    part.unlink(missing_ok=True)
    a_at = _MIB + _BOOT_BYTES
    places = {"boot_at": _MIB, "a_at": a_at, "b_at": a_at + SLOT_BYTES, "data_at": a_at + 2 * SLOT_BYTES}
    with part.open("wb") as file:
        file.truncate(places["data_at"] + _DATA_BYTES + _MIB)
    sizes = {"boot": _BOOT_BYTES, "slot": SLOT_BYTES, "data": _DATA_BYTES}
    table = making.out / "disk.sfdisk"
    table.write_text(_TABLE.format(**{name: value // 512 for name, value in (places | sizes).items()}))
    run(["sh", "-c", 'exec sfdisk --quiet --no-reread --no-tell-kernel "$1" <"$2"', "sh", part, table])
    for piece, name in ((boot, "boot_at"), (making.out / "slot.ext4", "a_at"), (data, "data_at")):
        seek = f"seek={places[name] // _MIB}"
        run(["dd", "status=none", f"if={piece}", f"of={part}", "bs=1M", seek, "conv=sparse,notrunc"])
    for piece in (boot, data, table):
        piece.unlink()
    part.replace(image)
    run(["bmaptool", "--quiet", "create", "--output", image.with_suffix(".bmap"), image])


def _make_boot(making: Making, fat: Path) -> None:
    """GRUB where every firmware looks for it, its configuration, and the variables of a new disk."""
    folder = making.out / "boot"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "EFI" / "BOOT").mkdir(parents=True)
    (folder / "EFI" / "yizhan").mkdir()
    loader = folder / "EFI" / "BOOT" / "BOOTX64.EFI"
    run([*tool(making, "grub-mkimage", "usr/bin"), "--directory", making.tree / "usr/lib/grub/x86_64-efi",
         "--format", "x86_64-efi", "--prefix", "/EFI/yizhan", "--output", loader, *_MODULES])
    shutil.copy2(_BOOT / "grub.cfg", folder / "EFI" / "yizhan")
    (folder / "EFI" / "yizhan" / "grubenv").write_bytes(_NEW)
    shutil.copy2(_BOOT / "site.example.toml", folder)
    fat.unlink(missing_ok=True)
    with fat.open("wb") as file:
        file.truncate(_BOOT_BYTES)
    run(["mformat", "-i", fat, "-F", "-N", _SERIAL, "-v", "YIZHANBOOT", "::"], env=making.env)
    for path in sorted(folder.rglob("*")):
        os.utime(path, (making.epoch, making.epoch))
        inside = f"::/{path.relative_to(folder)}"
        words = ["mmd", "-i", fat, inside] if path.is_dir() else ["mcopy", "-m", "-i", fat, path, inside]
        run(words, env=making.env)
    shutil.rmtree(folder)


def _make_data(making: Making, data: Path) -> None:
    """Empty, but for what RAUC would know of slot A had it installed it: an update may be undone to it."""
    folder = making.out / "data"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "rauc").mkdir(parents=True)
    status = folder / "rauc" / "central.raucs"
    status.write_text(
        f"[slot.rootfs.0]\nbundle.compatible=yizhan-x86-64\nbundle.version={making.version}\nstatus=ok\n"
        f"installed.timestamp={datetime.fromtimestamp(making.epoch, UTC):%Y-%m-%dT%H:%M:%SZ}\ninstalled.count=1\n"
    )
    for path in (status, status.parent, folder):
        os.utime(path, (making.epoch, making.epoch))
    data.unlink(missing_ok=True)
    with data.open("wb") as file:
        file.truncate(_DATA_BYTES)
    run([*tool(making, "mke2fs"), "-q", "-F", "-t", "ext4", "-L", "yizhan-data", "-m", "1", "-U", _DATA_UUID,
         "-E", f"hash_seed={_DATA_SEED},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0", "-d", folder, data],
        env=mke2fs_env(making))
    shutil.rmtree(folder)
