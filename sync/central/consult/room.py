"""What the doctor by video brings to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Page, Room

ROOM: Final = Room(
    urls="sync.central.consult.urls",
    look="consult/desk.css",
    pages=[Page(400, "视频看医生", "doctor", "desk")],
)
