"""Our program and what it is made of, as wheels for the station's Python; fetched by hash, installed offline."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from .stages import ROOT, Making, Stage, digest_of, run

_LOCK: Final = ROOT / "requirements" / "base.txt"
_PYTHON: Final = "3.13"
_GLIBC: Final = range(41, 16, -1)      # Debian 13 has 2.41; wheels for older ones fit too
_STATE: Final = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info")
_OURS: Final = ("kiosk", "devices", "sync", "pyproject.toml", "README.md", "LICENSE")


def stages(making: Making, machine: str = "x86_64") -> tuple[Stage, Stage]:
    """What others wrote, and what we wrote: the second changes more often."""
    fetched, ours = making.out / "wheels", making.out / "ours"
    sources = digest_of(*(ROOT / name for name in _OURS))
    return (
        Stage("wheels", (digest_of(_LOCK), _PYTHON, machine), (fetched,), lambda: _fetch(fetched, machine)),
        Stage("ours", (sources, str(making.epoch)), (ours,), lambda: _build(making, ours)),
    )


def _pip(*words: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]


def _fetch(out: Path, machine: str) -> None:
    shutil.rmtree(out, ignore_errors=True)
    platforms = [word for minor in _GLIBC for word in ("--platform", f"manylinux_2_{minor}_{machine}")]
    run(_pip(
        "download", "--quiet", "--require-hashes", "--only-binary", ":all:", "--no-deps", "--implementation", "cp",
        "--python-version", _PYTHON, "--abi", "cp" + _PYTHON.replace(".", ""), "--abi", "abi3", "--abi", "none",
        *platforms, "--platform", f"manylinux2014_{machine}", "--dest", out, "--requirement", _LOCK,
    ))


def _build(making: Making, out: Path) -> None:
    """From a copy, so that nothing is left in the sources and nothing of their state gets in."""
    shutil.rmtree(out, ignore_errors=True)
    copy = making.out / "source"
    shutil.rmtree(copy, ignore_errors=True)
    for name in _OURS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=_STATE)
        else:
            shutil.copy2(ROOT / name, copy / name)
    run(_pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", out, copy), env=making.env)
    shutil.rmtree(copy)
