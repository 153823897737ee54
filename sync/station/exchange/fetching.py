"""A slice of time for getting files: who signs, from whom, until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sync.station.files.download import Download

from .client import OfficeClient, Signer


class Fetch(NamedTuple):
    """What getting a file takes, and when the slice `is_over`."""

    client: OfficeClient
    signer: Signer
    now: Callable[[], datetime]
    is_over: Callable[[], bool]

    def get(self, path: str, download: Download) -> None:
        """Get what is missing of a file; raises FileUnusable and every other SyncError."""
        self.client.get_file(self.signer, path, download, self.now)
