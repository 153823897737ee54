"""What the frame itself brings: the two pages that all rooms fill, and the days of all services."""

from __future__ import annotations

from typing import Final

from .days import days
from .rooms import ChartCard, Page, Room

ROOM: Final = Room(
    urls="sync.central.office.urls",
    pages=[Page(0, "总览", "dashboard", "overview"), Page(900, "待处理", "waiting", "waiting")],
    cards=[ChartCard(300, "days", "每日服务", "最近 7 天", days)],
)
