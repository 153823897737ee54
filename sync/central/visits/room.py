"""What visits bring to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import ChartCard, Daily, Figures, Room

from . import overview

ROOM: Final = Room(
    figures=[Figures(100, overview.figures)],
    daily=[Daily(100, "签到", "#B5121B", overview.by_day)],
    cards=[ChartCard(100, "heat", "什么时候、什么工种在用驿站", "人次，今天", overview.heat)],
)
