"""What set-up tests bring to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Page, Room, Waiting

from . import lines

ROOM: Final = Room(
    urls="sync.central.setup.urls",
    look="setup/setup.css",
    pages=[Page(110, "验收", "sheet", "sheets")],
    waiting=[
        Waiting(
            160, "没有通过验收的站点", "技术员在现场自检后签的单",
            lines.count_failed, lines.failed, "setup/_failed.html",
        ),
    ],
)
