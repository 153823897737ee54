"""What books bring to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Card, Daily, Figures, Room

from . import overview

ROOM: Final = Room(
    figures=[Figures(300, overview.figures)],
    daily=[
        Daily(200, "借出", "#17795B", overview.borrowed_by_day),
        Daily(210, "归还", "#58A387", overview.returned_by_day),
    ],
    cards=[Card(400, "最近借还", "不显示借书人", "library/_moves.html", overview.latest_moves)],
)
