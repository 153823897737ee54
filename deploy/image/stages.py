"""A stage of the making: done once for the same inputs, told with its seconds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_CHUNK_BYTES: Final = 1 << 20
_TAIL_LINES: Final = 15


class ImageFailed(Exception):
    """The image cannot be made; the words say what happened and where to look."""


@dataclass(frozen=True)
class Making:
    """One image that is being made: where, for whom, as of when."""

    out: Path               # build/image
    version: str            # 2026.12.1
    epoch: int              # seconds since 1970: nothing in the image is younger
    ca: Path                # folder of the signer: cert.pem, key.pem, and ca.pem, which a station trusts
    is_downgrade_allowed: bool = False
    spoilt: Path | None = None      # what a test lays over the system: an update that must not stay

    @property
    def env(self) -> dict[str, str]:
        """For programs that ask for the date."""
        return {**os.environ, "SOURCE_DATE_EPOCH": str(self.epoch), "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    @property
    def tree(self) -> Path:
        """The station's root as a folder, while slots are made."""
        return self.out / "tree"


@dataclass(frozen=True)
class Stage:
    """What it is called, what it depends on, what it leaves, and how it is done."""

    name: str
    inputs: Sequence[str]       # words, or the digests of files
    outputs: Sequence[Path]
    build: Callable[[], None]

    def run(self, out: Path) -> bool:
        """Do it unless it was done with the same inputs; whether it was done now."""
        stamp = out / f"{self.name}.stamp"
        wanted = hashlib.sha256("\n".join(self.inputs).encode()).hexdigest()
        kept = stamp.read_text().split() if stamp.exists() else [""]
        if kept[0] == wanted and all(path.exists() for path in self.outputs):
            _tell(f"{self.name:8} unchanged")
            return False
        _tell(f"{self.name:8} …")
        stamp.unlink(missing_ok=True)
        began_s = time.monotonic()
        self.build()
        for path in self.outputs:
            if not path.exists():
                raise ImageFailed(f"{self.name}: {path.name} was not made")
        took_s = time.monotonic() - began_s
        stamp.write_text(f"{wanted} {took_s:.0f}\n")
        _tell(f"{self.name:8} {took_s:.0f} s")
        return True


def _tell(words: str) -> None:
    # In one piece: stages run beside each other.
    sys.stdout.write(f"image: {words}\n")
    sys.stdout.flush()


def digest_of(*paths: Path) -> str:
    """A digest of files and folders: names, modes and contents, whatever their dates."""
    seen = hashlib.sha256()
    for path in paths:
        for file in _files(path):
            seen.update(f"{file.relative_to(path.parent)} {file.lstat().st_mode:o}\n".encode())
            seen.update(str(file.readlink()).encode() if file.is_symlink() else file.read_bytes())
    return seen.hexdigest()


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        file for file in path.rglob("*")
        if (file.is_file() or file.is_symlink()) and "__pycache__" not in file.parts
    )


def sha256_of(path: Path) -> str:
    """Of one file, however large."""
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            seen.update(chunk)
    return seen.hexdigest()


def run(
    words: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None,
    log: Path | None = None,
) -> str:
    """Run a program to its end; what it printed. Raises ImageFailed with its last words."""
    command = [str(word) for word in words]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False, errors="replace")
    if log is not None:
        log.write_text(done.stdout + done.stderr)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-_TAIL_LINES:]
        raise ImageFailed(f"{Path(command[0]).name} ended with {done.returncode}:\n" + "\n".join(said))
    return done.stdout


def read_list(path: Path) -> list[str]:
    """The words of a list with comments."""
    lines = (line.split("#", 1)[0] for line in path.read_text(encoding="utf-8").splitlines())
    return [word for line in lines for word in line.split()]
