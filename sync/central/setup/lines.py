"""Stations and their newest sheets, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from sync.central.core.models import Station
from sync.central.office.rooms import Glance

from .models import Sheet

PARTS: Final = {
    "touch": "触摸屏", "scanner": "扫码器", "loudspeaker": "喇叭", "office": "连上总工会", "watchdog": "看门狗",
    "camera": "摄像头", "microphone": "话筒", "loopback": "视频通话", "relay": "视频中转服务器",
}
_RESULTS: Final = {
    "passed": ("green", "通过"), "failed": ("red", "没通过"), "waived": ("amber", "免检"),
    "absent": ("grey", "没有这一项"),
}


class PartLine(msgspec.Struct, frozen=True):
    """One part; `dot` is the colour, `words` say the same."""

    name: str
    dot: str
    words: str
    code: str
    by: str


class SheetLine(msgspec.Struct, frozen=True):
    """A station and its newest sheet."""

    station: str
    name: str
    sheet: int
    tested_at: datetime
    who: str
    program: str
    dot: str
    words: str
    waived: list[str]
    failed: list[str]


def newest_sheets() -> list[Sheet]:
    """The newest sheet of each station, the latest first."""
    newest: dict[str, Sheet] = {}
    for sheet in Sheet.objects.order_by("station_id", "tested_at", "id"):
        newest[sheet.station_id] = sheet
    return sorted(newest.values(), key=lambda sheet: sheet.tested_at, reverse=True)


def sheet_lines(sheets: Iterable[Sheet]) -> list[SheetLine]:
    """Rows of these sheets."""
    found = list(sheets)
    stations = Station.objects.in_bulk({sheet.station_id for sheet in found})
    return [_line(sheet, stations[sheet.station_id]) for sheet in found]


def part_lines(sheet: Sheet) -> list[PartLine]:
    """The parts of one sheet."""
    return [
        PartLine(
            PARTS.get(part["part"], part["part"]), *_RESULTS[part["result"]], part.get("code", ""), part.get("by", "")
        )
        for part in sheet.parts
    ]


def state_of(sheet: Sheet, station: Station) -> tuple[str, str]:
    """A colour and words for a sheet."""
    if not sheet.is_proven:
        return "red", "签名不对，不能作数"
    if not sheet.is_passed:
        return "red", "没通过"
    if sheet.key != station.public_key:
        return "amber", "通过，之后换过机器或重新登记过"
    return "green", "通过"


def count_failed(glance: Glance) -> int:
    """How many stations stand with a sheet that did not pass."""
    return len(failed(glance))


def failed(glance: Glance) -> list[SheetLine]:
    """These stations."""
    return [line for line in sheet_lines(glance.once(newest_sheets)) if line.dot == "red"]


def _line(sheet: Sheet, station: Station) -> SheetLine:
    dot, words = state_of(sheet, station)
    return SheetLine(
        station=station.id, name=str(station), sheet=sheet.id, tested_at=sheet.tested_at, who=sheet.who,
        program=sheet.program, dot=dot, words=words, waived=_named(sheet, "waived"), failed=_named(sheet, "failed"),
    )


def _named(sheet: Sheet, result: str) -> list[str]:
    return [
        f"{PARTS.get(part['part'], part['part'])} {part.get('code', '')}".strip()
        for part in sheet.parts if part["result"] == result
    ]
