"""Whose a station's files are: the account's that runs its programs, or those accounts' that share its folder.

A folder is shared that has the set-group-id bit: on the station image `/data/station` belongs to a group, in which
kiosk and agent are two accounts. What is private there is so to the group.
"""

from __future__ import annotations

import stat
from pathlib import Path


def is_shared(folder: Path) -> bool:
    """Whether a group owns what is in this folder."""
    try:
        return bool(folder.stat().st_mode & stat.S_ISGID)
    except OSError:
        return False


def file_mode(folder: Path) -> int:
    """Of a new file in it that both programs write."""
    return 0o660 if is_shared(folder) else 0o600


def folder_mode(folder: Path) -> int:
    """Of a new folder in it."""
    return 0o770 if is_shared(folder) else 0o700
