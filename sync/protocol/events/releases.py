"""What happens as a station gets another program: installed, tried, kept or taken back."""

from __future__ import annotations

from .base import Event


class UpdateInstalled(Event, frozen=True, kw_only=True, tag="update.installed"):
    """Another program was written beside the one that runs; the next start tries it."""

    version: str
    from_version: str


class UpdateCommitted(Event, frozen=True, kw_only=True, tag="update.committed"):
    """The new program proved good, and stays."""

    version: str
    from_version: str


class UpdateRolledBack(Event, frozen=True, kw_only=True, tag="update.rolled_back"):
    """The new program did not prove good, or was taken back; the one before it runs again."""

    version: str        # which was left
    to_version: str     # which runs
    code: str           # why: docs/technician.md


class UpdateFailed(Event, frozen=True, kw_only=True, tag="update.failed"):
    """A program could not be fetched or installed; what ran before runs on."""

    version: str
    code: str
