"""What can be wrong with a site file."""

from __future__ import annotations

from sync.protocol.errors import SyncError


class SiteFileWrong(SyncError):
    """The site file cannot be used; what is wrong is listed, and what was there before stays."""

    code = "SITE-FILE"
    next_step = "请按列出的几处改好 site.toml，再插上 U 盘重启"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
