"""What faults bring to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Card, Page, Room

from . import lines

ROOM: Final = Room(
    urls="sync.central.faults.urls",
    look="faults/faults.css",
    pages=[Page(300, "报修", "wrench", "faults")],
    cards=[Card(500, "报修", "等得最久的在前", "faults/_oldest.html", lines.oldest)],
)
