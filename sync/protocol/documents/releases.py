"""Releases of the program, which of them a station shall keep to, and what a station is told to do."""

from __future__ import annotations

from typing import ClassVar

from sync.protocol.events.base import Aware

from .base import Blob, Document


class Release(Document, frozen=True, kw_only=True):
    """A program that stations install by themselves; key: its version, `2026.12.1`."""

    type: ClassVar[str] = "release"
    release: str
    bundle: Blob                    # the signed file; fetched only by whom the release has reached
    percent: int = 0                # of the stations in its regions that shall have it: its ring
    regions: tuple[str, ...] = ()   # beginnings of regions' codes; empty: everywhere
    seed: str = ""                  # mixes the stations: another release has others go first
    is_paused: bool = False         # nobody begins to install it
    is_withdrawn: bool = False      # who runs it goes back to what ran before
    is_downgrade_allowed: bool = False  # it may be older than what runs; its signature must say so too


class Pin(Document, frozen=True, kw_only=True):
    """A station keeps to one version, whatever else is released; key: the station's id."""

    type: ClassVar[str] = "pin"
    station: str
    version: str


class Command(Document, frozen=True, kw_only=True):
    """What one station shall do, once; key: `STATION/ID`. Signed by the office's command key."""

    type: ClassVar[str] = "command"
    command: str
    do: str             # a row of the table in sync/protocol/commands.py; a newer office may know more
    issued_at: Aware
    expires_at: Aware
    signature: str      # hex, Ed25519
