"""Releases of the program: how versions follow each other, and which of them a station should run. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_VERSION: Final = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}")


def parse_version(text: str) -> tuple[int, ...]:
    """`2026.12.1` as numbers that can be compared; empty for what is no version."""
    return tuple(int(part) for part in text.split(".")) if _VERSION.fullmatch(text) else ()


def is_older(version: str, than: str) -> bool:
    """Whether the first version came before the second; what is no version came before all."""
    return parse_version(version) < parse_version(than)


def ring_place(seed: str, station: str) -> int:
    """A station's place among all in one release, 0 to 99: another release has others go first."""
    return int.from_bytes(hashlib.sha256(f"{seed} {station}".encode()).digest()[:8], "big") % 100


def is_in_ring(seed: str, station: str, percent: int) -> bool:
    """Whether the release has reached this station when so many of a hundred shall have it."""
    return ring_place(seed, station) < percent
