"""Made-up services, each with a door on the home screen: what a station may have one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from kiosk.home.room import ROOM as HOME
from kiosk.stage.checks import Check, Outcome
from kiosk.stage.glances import Glances
from kiosk.stage.ground import Ground
from kiosk.stage.offers import Tile
from kiosk.stage.room import AnyRoom, Room

BLUE, OCHRE, PLUM, GREEN, RED, GREY = "#1C66A8", "#8A5A00", "#7A3E8E", "#17795B", "#B5121B", "#4E453F"

TILES: Final = (
    Tile("看医生", "stethoscope", BLUE, "3 位在线", "help", notes=("视频问诊，免费", "现在 3 位医生在线")),
    Tile("课程活动", "school", OCHRE, "今天还有 2 节", "help"),
    Tile("集章", "stamper", PLUM, "再得 2 枚换饮", "help"),
    Tile("法律问答", "scale-balance", PLUM, "每天五道题", "help"),
    Tile("心愿墙", "heart", OCHRE, "318 个心愿", "help"),
    Tile("捐物", "gift", GREEN, "今天收 5 件", "help"),
    Tile("报修", "wrench", GREY, "都好着呢", "help"),
    Tile("法律援助", "gavel", BLUE, "周三有律师", "help"),
    Tile("防骗提醒", "shield-alert", RED, "新骗术 1 条", "help"),
    Tile("健康卡片", "heart-pulse", BLUE, "新到 6 张", "help"),
    Tile("找工作", "briefcase", GREEN, "附近 24 个", "help"),
    Tile("天气路况", "weather-partly-cloudy", OCHRE, "多云 12 度", "help"),
)


class MadeUpRoom(Room[None]):
    """A service that is a door and nothing else."""

    def __init__(self, tile: Tile) -> None:
        self._tile = tile

    def tiles(self, glances: Glances) -> Sequence[Tile]:
        """Its door."""
        return (self._tile,)


def made_up(count: int, *, closed: int | None = None, reason: str = "没连上网") -> list[AnyRoom]:
    """So many services; the one at place `closed` cannot be used, for this reason."""
    tiles = list(TILES[:count])
    if closed is not None:
        tiles[closed] = replace(tiles[closed], reason=reason)
    return [MadeUpRoom(tile) for tile in tiles]


def alone(count: int, *, closed: int | None = None) -> list[AnyRoom]:
    """Home with so many made-up services and no others."""
    from kiosk.cards.room import ROOM as CARDS  # what a door opens must be there

    return [HOME, CARDS, *made_up(count, closed=closed)]


def beside_todays(count: int, *, closed: int | None = None) -> list[AnyRoom]:
    """Today's services, and so many made-up ones."""
    from kiosk.parts import open_rooms

    return [*open_rooms(), *made_up(count, closed=closed)]


class TriedRoom(Room[object]):
    """A service whose parts can be tried, and come out as a test wants."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self._outcomes = outcomes

    def open(self, ground: Ground) -> object:
        """A service of no kind."""
        return object()

    def checks(self, service: object) -> Sequence[Check]:
        """One check of all parts."""
        words = {"camera": "摄像头", "microphone": "话筒", "loopback": "视频通话", "relay": "视频中转服务器"}
        return (Check("call", "视频问诊", words, 60, lambda: dict(self._outcomes)),)
