"""Drift books: titles, and where their copies are."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from sync.protocol.events.base import Aware

from .base import Document


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
