"""Documents: what the office publishes to stations; each is replaced as a whole.

A document is named by (type, key) and carries a revision; a body of None is a tombstone.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, TypeVar

import msgspec

from .decoding import decoder_of
from .digests import Sha256
from .errors import WireError
from .events import Aware


class Blob(msgspec.Struct, frozen=True):
    """A file that a document needs, a picture or a film; fetched apart from it, by its SHA-256."""

    sha256: Sha256
    size: int           # bytes
    media_type: str     # image/jpeg


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all documents; `type` is its name on the wire."""

    type: ClassVar[str] = ""


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


class Title(Document, frozen=True, kw_only=True):
    """A book as published; key: its ISBN-13 digits."""

    type: ClassVar[str] = "title"
    isbn: str
    title: str
    author: str = ""
    publisher: str = ""
    year: int | None = None
    clc: str = ""           # 中图法 class, I247.5
    cover: str = ""         # design of the drawn cover, `navy-band`; see docs/protocol.md


class Stamp(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A moment in the order all book events are folded in."""

    at: Aware               # corrected time, UTC
    station: str
    epoch: str
    seq: int


class Copy(Document, frozen=True, kw_only=True):
    """One labelled book and where it is: the fold of its events; key: its label."""

    type: ClassVar[str] = "copy"
    label: str
    isbn: str = ""
    status: Literal["on_shelf", "on_loan", "missing"] = "on_shelf"
    station: str = ""       # where it stands, or was last taken from
    borrower: str = ""      # keyed hash, never shown
    due_on: date | None = None
    loans: int = 0          # readers so far
    stops: tuple[str, ...] = ()     # station ids of its journey, neighbours differ
    names: dict[str, str] = {}      # station id → name, for showing the journey
    last: Stamp | None = None       # the event that decided status and station
    seen: dict[str, int] = {}       # "station/epoch" → highest seq folded in


class Poster(Document, frozen=True, kw_only=True):
    """A poster for the top of the home screen, drawn from words; key: any."""

    type: ClassVar[str] = "poster"
    poster: str
    lines: tuple[str, ...]          # one or two headlines
    note: str = ""                  # `{visits}` becomes today's count
    palette: Literal["red", "green", "blue", "ochre", "plum"] = "red"
    icon: str = ""
    order: int = 0
    blobs: tuple[Blob, ...] = ()    # the picture, if there is one


D = TypeVar("D", bound=Document)
TYPES: dict[str, type[Document]] = {
    kind.type: kind for kind in (StationSettings, Trade, Member, Title, Copy, Poster)
}


def key_of(document: Document) -> str:
    """A document's key: its first field."""
    return str(getattr(document, document.__struct_fields__[0]))


def encode_document(document: Document) -> bytes:
    """The body's JSON, keys in the order of the fields."""
    return msgspec.json.encode(document, order="deterministic")


def decode_document(type_: type[D], body: bytes | str) -> D:
    """A body of a type we know, unknown fields ignored; raises WireError."""
    try:
        return decoder_of(type_).decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"{type_.type} document: {cause}") from cause


class _Needs(msgspec.Struct):
    blobs: tuple[Blob, ...] = ()


def blobs_of(body: bytes | str) -> tuple[Blob, ...]:
    """The files a document of any type needs: its `blobs`; none if it has no such field, or another one."""
    try:
        return decoder_of(_Needs).decode(body).blobs
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()
