from __future__ import annotations

from datetime import date
from typing import Any, Final

from sync.central.office.rooms import Card, Daily, Figure, Figures, Glance, Page, Room, Waiting


def figures(glance: Glance) -> list[Figure]:
    return [Figure("在架雨伞", "7", "共 9 把")]


def by_day(first: date, last: date) -> dict[date, int]:
    return {last: 41}


def card(glance: Glance) -> dict[str, Any]:
    return {"day": glance.today}


def count(glance: Glance) -> int:
    return 2


def torn(glance: Glance) -> list[str]:
    return ["红伞", "蓝伞"]


ROOM: Final = Room(
    urls="tests.central.umbrellas.urls",
    look="umbrellas/umbrellas.css",
    pages=[Page(250, "雨伞", "umbrella", "umbrellas")],
    figures=[Figures(250, figures)],
    daily=[Daily(250, "借伞", "#7A3E8E", by_day)],
    cards=[Card(250, "雨伞在哪里", "今天", "umbrellas/_card.html", card)],
    waiting=[Waiting(50, "坏了的伞", "拿去修", count, torn, "umbrellas/_torn.html")],
)
