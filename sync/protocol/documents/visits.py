"""Who comes in to rest: trades, and members of the union."""

from __future__ import annotations

from typing import ClassVar

from .base import Document


class Trade(Document, frozen=True, kw_only=True):
    """A trade a worker can tap; key: its code, `food_delivery`."""

    type: ClassVar[str] = "trade"
    trade: str
    name: str               # 外卖配送员
    short: str              # 外卖配送, fits a tile
    icon: str               # name in the icon face, `moped`
    order: int = 0


class Member(Document, frozen=True, kw_only=True):
    """A union member by hash; key: the keyed hash of the member code."""

    type: ClassVar[str] = "member"
    member: str
    trade: str
