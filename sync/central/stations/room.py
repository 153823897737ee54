"""What stations bring to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Card, Figures, Page, Room, Waiting

from . import overview, waiting

ROOM: Final = Room(
    urls="sync.central.stations.urls",
    pages=[Page(100, "站点", "station", "stations")],
    figures=[Figures(200, overview.figures)],
    cards=[
        Card(200, "站点状态", "按最久未同步排序", "stations/_stations.html", overview.longest_silent),
    ],
    waiting=[
        Waiting(
            100, "超过 1 小时未同步的站点", "先打电话问问驿站的网和电",
            waiting.count_silent, waiting.silent, "stations/_silent.html",
        ),
        Waiting(
            120, "有故障的站点", "站点自己报告的，修好后会自己消失",
            waiting.count_broken, waiting.broken, "stations/_broken.html",
        ),
        Waiting(
            140, "要核对的编号和区划", "可能是新建时输错了",
            waiting.count_odd, waiting.odd, "stations/_odd.html",
        ),
        Waiting(
            200, "放在一边的记录", "原文都留着，没有丢",
            waiting.count_set_aside, waiting.set_aside, "stations/_set_aside.html",
        ),
    ],
)
