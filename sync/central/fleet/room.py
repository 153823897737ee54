"""What the fleet brings to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Closed, Page, Room, Waiting

from . import lines
from .closing import closed_stations
from .roles import may_manage

ROOM: Final = Room(
    urls="sync.central.fleet.urls",
    look="fleet/fleet.css",
    pages=[Page(900, "更新", "fleet", "fleet", may=may_manage)],
    closed=[Closed(0, closed_stations)],
    waiting=[
        Waiting(
            110, "自动暂停的更新", "失败的驿站太多，看一看再决定继续还是撤回",
            lines.count_paused, lines.paused, "fleet/_paused.html",
        ),
    ],
)
