"""The station's root: Debian's part, our programs, and how a station is set up. Leaves a sorted tar."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from deploy.browser.policy import render

from .stages import ROOT, ImageFailed, Making, Stage, digest_of, run

_HERE: Final = Path(__file__).parent
_STATION: Final = _HERE / "station"
_UNITS: Final = ROOT / "deploy" / "systemd"
_RULES: Final = ROOT / "deploy" / "udev"
_FONTS: Final = ROOT / "build" / "fonts"
_OPT: Final = "opt/yizhan"
# Asked for by Debian, and of no use where the root is read-only and /var is memory.
_NEVER: Final = (
    "systemd-firstboot.service", "systemd-journal-catalog-update.service", "systemd-update-done.service",
    "systemd-hwdb-update.service", "ldconfig.service", "systemd-binfmt.service", "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service", "systemd-machine-id-commit.service", "proc-sys-fs-binfmt_misc.automount",
    "systemd-pcrphase.service", "systemd-networkd-persistent-storage.service", "systemd-networkd-wait-online.service",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
)
# What the making leaves behind, and what must be each station's own.
_EMPTIED: Final = (
    "var/log", "var/cache", "var/lib/apt/lists", "var/tmp", "tmp", "run", "boot/grub", "root",
)
_REMOVED: Final = (
    "etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap", "etc/hostname",
    "etc/resolv.conf",
    "etc/machine-id", "var/lib/dbus/machine-id", "etc/ssh/ssh_host_ecdsa_key", "etc/ssh/ssh_host_ed25519_key",
    "etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_ecdsa_key.pub", "etc/ssh/ssh_host_ed25519_key.pub",
    "etc/ssh/ssh_host_rsa_key.pub", "vmlinuz.old", "initrd.img.old", "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret", "etc/.pwd.lock", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-",
    "etc/subuid-", "etc/subgid-",
)


def stage(making: Making) -> Stage:
    """`system.tar`, and `tree`, the same as a folder."""
    out = making.out
    inputs = (
        (out / "root.stamp").read_text(), (out / "wheels.stamp").read_text(), (out / "ours.stamp").read_text(),
        digest_of(_STATION, _UNITS, _RULES, ROOT / "deploy" / "browser", _FONTS, Path(__file__)),
        digest_of(making.ca / "ca.pem"), making.version, str(making.epoch),
        digest_of(making.spoilt) if making.spoilt is not None else "",
    )
    return Stage("system", inputs, (out / "system.tar", making.tree), lambda: _build(making))


def _build(making: Making) -> None:
    tree = making.tree
    if tree.exists():
        shutil.rmtree(tree)
    tree.mkdir()
    run(["tar", "--extract", "--file", making.out / "root-amd64.tar", "--directory", tree, "--numeric-owner",
         "--xattrs", "--xattrs-include=*"])
    _put_files(making, tree)
    _install_programs(making, tree)
    _settle(making, tree)
    _clean(tree)
    if making.spoilt is not None:
        shutil.copytree(making.spoilt, tree, dirs_exist_ok=True, symlinks=True)
    pack(making, tree, making.out / "system.tar")


def _put_files(making: Making, tree: Path) -> None:
    shutil.copytree(_STATION, tree, dirs_exist_ok=True, symlinks=True)
    for unit in sorted(_UNITS.iterdir()):
        shutil.copy2(unit, tree / "usr/lib/systemd/system" / unit.name)
    for rules in sorted(_RULES.glob("*.rules")):
        shutil.copy2(rules, tree / "usr/lib/udev/rules.d" / rules.name)
    shutil.copytree(_FONTS, tree / "usr/share/yizhan/fonts", ignore=shutil.ignore_patterns(".*"))
    shutil.copy2(making.ca / "ca.pem", tree / "etc/rauc/keyring.pem")
    _write(tree / "etc/chromium/policies/managed/yizhan.json", _policy())
    _write(tree / "etc/hostname", "yizhan\n")
    release = tree / "usr/lib/os-release"
    release.write_text(f"{release.read_text()}IMAGE_ID=yizhan\nIMAGE_VERSION={making.version}\n")
    for folder in ("data", "efi"):
        (tree / folder).mkdir(exist_ok=True)
    # No clock of a station was ever right before this day.
    _write(tree / "usr/lib/clock-epoch", "")


def _policy() -> str:
    return json.dumps(render(8765), indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def _inside(making: Making, tree: Path, *words: str) -> None:
    run(["chroot", tree, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8", "HOME=/root", "TZ=UTC",
         f"SOURCE_DATE_EPOCH={making.epoch}", "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", *words])


def _install_programs(making: Making, tree: Path) -> None:
    """A virtual environment with our programs, by the wheels' own pip and without a network."""
    wheels = tree / "wheels"
    shutil.copytree(making.out / "wheels", wheels)
    (ours,) = (making.out / "ours").glob("*.whl")
    shutil.copy2(ours, wheels)
    (pip,) = wheels.glob("pip-*.whl")
    _inside(making, tree, "python3", "-m", "venv", "--without-pip", "--symlinks", f"/{_OPT}")
    _inside(
        making, tree, f"PYTHONPATH=/wheels/{pip.name}", "python3", "-m", "pip", "--python", f"/{_OPT}/bin/python",
        "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--root-user-action=ignore",
        *(f"/wheels/{path.name}" for path in sorted(wheels.glob("*.whl")) if path != pip),
    )
    shutil.rmtree(wheels)
    # Machine files that never look at a date: the root is read-only, nothing could be made anew.
    _inside(making, tree, "find", "/usr/lib/python3.13", f"/{_OPT}", "-name", "*.pyc", "-delete")
    for place in ("/usr/lib/python3.13", f"/{_OPT}/lib"):
        _inside(making, tree, "python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", place)


def _settle(making: Making, tree: Path) -> None:
    """Users, what starts, and the kernel's first root."""
    # RAUC's service and PipeWire's are started by name when they are asked for.
    _inside(making, tree, "systemd-sysusers")
    _inside(making, tree, "systemctl", "preset-all", "--preset-mode=full")
    _inside(making, tree, "systemctl", "--global", "preset-all", "--preset-mode=full")
    _inside(making, tree, "systemctl", "set-default", "graphical.target")
    for unit in ("getty@.service", "serial-getty@.service", *_NEVER):
        _inside(making, tree, "systemctl", "mask", unit)
    _inside(making, tree, "update-initramfs", "-c", "-k", "all")
    kernel = (tree / "vmlinuz").readlink()
    (tree / "initrd.img").symlink_to(kernel.with_name(kernel.name.replace("vmlinuz", "initrd.img")))
    for name in ("vmlinuz", "initrd.img"):
        if not (tree / (tree / name).readlink()).is_file():
            raise ImageFailed(f"/{name} leads nowhere: GRUB would find nothing to boot")
    shadow = (tree / "etc/shadow").read_text().splitlines()
    if any(line.split(":")[1][:1] not in {"*", "!"} for line in shadow):
        raise ImageFailed("somebody has a password")


def _clean(tree: Path) -> None:
    for name in _REMOVED:
        path = tree / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in _EMPTIED:
        for path in (tree / name).iterdir() if (tree / name).is_dir() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    _write(tree / "etc/hostname", "yizhan\n")
    _write(tree / "etc/machine-id", "")
    (tree / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")


def pack(making: Making, tree: Path, tar: Path) -> None:
    """The tree in the order of its names, nothing younger than the image."""
    run(["tar", "--create", "--file", tar, "--directory", tree, "--sort=name", "--numeric-owner", "--format=pax",
         "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", "--xattrs", "--xattrs-include=*",
         f"--mtime=@{making.epoch}", "--clamp-mtime", "."], env=making.env)
