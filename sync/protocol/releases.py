"""Releases of the program: how versions follow each other, and which of them a station should run. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from typing import Final

from sync.protocol.documents.releases import Release

STICK: Final = "stick"      # in place of the version of a stick's bundle that was never read or proven
_VERSION: Final = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}", re.ASCII)


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


def wanted_release(
    releases: Iterable[Release], *, station: str, region: str, runs: str, pin: str, failed: Collection[str]
) -> Release | None:
    """What this station should install now, if anything.

    A pin alone decides where there is one, whatever the ring; else it is the newest whose ring has reached the
    station. What failed here is not tried again, and what is older than what `runs` only if it was meant so.
    """
    usable = [one for one in releases if not one.is_withdrawn and one.release not in failed and one.release != runs]
    usable = [one for one in usable if parse_version(one.release)]
    if pin:
        usable = [one for one in usable if one.release == pin]
    else:
        usable = [one for one in usable if _has_reached(one, station, region)]
    usable = [one for one in usable if one.is_downgrade_allowed or not is_older(one.release, runs)]
    return max(usable, key=lambda one: parse_version(one.release), default=None)


def is_taken_back(releases: Iterable[Release], *, runs: str, pin: str) -> bool:
    """Whether what this station runs was withdrawn, and it is not pinned to it."""
    return pin != runs and any(one.release == runs and one.is_withdrawn for one in releases)


def _has_reached(release: Release, station: str, region: str) -> bool:
    is_here = not release.regions or any(region.startswith(prefix) for prefix in release.regions)
    return not release.is_paused and is_here and is_in_ring(release.seed, station, release.percent)
