"""Running the machine's own programs: always a list of words, never a shell, bounded in time and size."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from .errors import HostError

_SECONDS: Final = 30.0
_MAX_CHARS: Final = 4 * 1024 * 1024


def run(words: Sequence[str], *, seconds: float = _SECONDS) -> str:
    """What the program prints; raises HostError with its last words if it is missing, fails or hangs."""
    try:
        done = subprocess.run(  # noqa: S603  # words of our own table, no shell
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False,
            encoding="utf-8", errors="replace",
        )
    except subprocess.TimeoutExpired as cause:
        raise HostError(f"{words[0]} took more than {seconds:.0f} s") from cause
    except OSError as cause:
        raise HostError(f"{words[0]}: {cause.strerror}") from cause
    if done.returncode:
        raise HostError(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout[:_MAX_CHARS]


def find(words: Sequence[str]) -> str:
    """What the program prints, empty if it cannot tell."""
    try:
        return run(words)
    except HostError:
        return ""
