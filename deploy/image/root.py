"""Debian's part of the root: one tar file, from where this machine's own apt gets its packages."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import Final

from .stages import ImageFailed, Making, Stage, digest_of, read_list, run

SUITE: Final = "trixie"
_HERE: Final = Path(__file__).parent
_PACKAGES: Final = _HERE / "station-packages.txt"
_COMPONENTS: Final = "main non-free-firmware"      # a screen, a network and a processor want their makers' files
_LEFT_OUT: Final = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*",
    "/usr/share/bug/*", "/usr/share/groff/*", "/usr/libexec/gcc/*", "/usr/lib/chromium/libVkLayer*",
)
_DPKG: Final = (
    *(f"path-exclude={path}" for path in _LEFT_OUT), "path-include=/usr/share/doc/*/copyright",
    "force-unsafe-io",      # what a loss of power leaves of it is made anew
)
_SUITES: Final = re.compile(r"\b(?:buster|bullseye|bookworm|trixie|stable)\b")


def stage(making: Making, *, arch: str = "amd64", fresh: str = "") -> Stage:
    """The tar of this architecture; `fresh` is any word that asks for the newest packages."""
    tar = making.out / f"root-{arch}.tar"
    inputs = (digest_of(_PACKAGES), SUITE, arch, _COMPONENTS, *_DPKG, str(making.epoch), fresh)
    return Stage("root" if arch == "amd64" else f"root-{arch}", inputs, (tar,), lambda: _build(making, arch, tar))


def _build(making: Making, arch: str, tar: Path) -> None:
    if not can_run(arch):
        raise ImageFailed(f"this machine runs no programs for {arch}: apt install qemu-user-static binfmt-support")
    sources = making.out / "apt.sources"
    sources.write_text(rewrite(read_host_sources()))
    part = tar.with_name(f"{tar.stem}.part.tar")
    packages = read_list(_PACKAGES)
    if arch != "amd64":
        packages = [_for(arch, name) for name in packages if not name.endswith("-microcode")]
    run(
        ["mmdebstrap", "--variant=minbase", f"--architectures={arch}", "--format=tar",
         '--aptopt=Apt::Install-Recommends "false"', *(f"--dpkgopt={option}" for option in _DPKG),
         f"--include={','.join(packages)}", SUITE, part, sources],
        # The kernel's first root is made by the stage `system`, which has its settings.
        env={**making.env, "INITRD": "No"}, log=making.out / "root.log",
    )
    part.replace(tar)
    sources.unlink()


def can_run(arch: str, formats: Path = Path("/proc/sys/fs/binfmt_misc")) -> bool:
    """Whether this machine runs programs of Debian's architecture, by itself or by the kernel's help of QEMU."""
    name = {"amd64": "x86_64", "arm64": "aarch64"}[arch]
    known = formats / f"qemu-{name}"
    return platform.machine() == name or (known.exists() and known.read_text().startswith("enabled"))


def _for(arch: str, name: str) -> str:
    return {"linux-image-amd64": f"linux-image-{arch}", "grub-efi-amd64-bin": f"grub-efi-{arch}-bin"}.get(name, name)


def read_host_sources(folder: Path = Path("/etc/apt")) -> str:
    """Where this machine gets Debian from, in the form of .sources files; raises ImageFailed."""
    found: list[str] = []
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        found += [part for part in re.split(r"\n\s*\n", path.read_text()) if "/debian" in part and "URIs:" in part]
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if path.exists():
            found += [part for line in path.read_text().splitlines() if (part := _from_line(line))]
    if not found:
        raise ImageFailed("apt on this machine names no source of Debian's; /etc/apt/sources.list.d wants one")
    return "\n\n".join(found) + "\n"


def _from_line(line: str) -> str:
    """One line of the old form in the new one; empty if it is none of Debian's packages."""
    match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+/debian\S*)\s+(\S+)\s+(.+)", line.split("#", 1)[0].strip())
    if match is None:
        return ""
    signed = re.search(r"signed-by=(\S+)", match[1] or "")
    by = signed[1] if signed else "/usr/share/keyrings/debian-archive-keyring.gpg"
    return f"Types: deb\nURIs: {match[2]}\nSuites: {match[3]}\nComponents: {match[4]}\nSigned-By: {by}"


def rewrite(sources: str) -> str:
    """The same places, for the station's suite and components."""
    lines: list[str] = []
    for line in sources.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("Suites:"):
            line = _SUITES.sub(SUITE, line)     # noqa: PLW2901
        if line.startswith("Components:"):
            line = f"Components: {_COMPONENTS}"  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines) + "\n"
