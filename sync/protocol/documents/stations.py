"""How a station is called and behaves."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from .base import Document


class Phone(msgspec.Struct, frozen=True):
    """A number a worker may call."""

    name: str
    number: str


class Amenity(msgspec.Struct, frozen=True):
    """Something the station offers, with an icon's name."""

    name: str
    icon: str


class StationSettings(Document, frozen=True, kw_only=True):
    """How one station is called and behaves; key: the station's id."""

    type: ClassVar[str] = "station"
    station: str
    name: str               # 衣裳街
    place: str              # 新享驿站
    region: str             # GB/T 2260 code, 330502
    timezone: str = "Asia/Shanghai"
    union_office: str = ""
    phones: tuple[Phone, ...] = ()
    amenities: tuple[Amenity, ...] = ()
    wifi_name: str = ""
    services: tuple[str, ...] = ("checkin", "drift")
    loan_days: int = 30
    loan_quota: int = 3
    loan_identity: Literal["none", "trade", "phone", "member"] = "none"
    member_pattern: str = ""    # regular expression a whole member code matches; empty: no members
    member_key: str = ""        # hex key of the members' hash
