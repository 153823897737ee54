"""Doors and lines that apps open beside the core's own. The core knows no app, only what was registered here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, NamedTuple

import msgspec

from .messages import Request, Response

Scope = MutableMapping[str, Any]
Application = Callable[
    [Scope, Callable[[], Awaitable[MutableMapping[str, Any]]], Callable[[MutableMapping[str, Any]], Awaitable[None]]],
    Awaitable[None],
]


class Door(NamedTuple):
    """One address, or all that begin with one; how it is asked, and how long a body it reads."""

    path: str
    methods: tuple[str, ...]
    work: Callable[[Request], Response]
    max_body_bytes: int = 0

    def leads_to(self, path: str) -> bool:
        """Whether a path is this door's."""
        return path == self.path or (self.path.endswith("/") and path.startswith(self.path))


class Told(NamedTuple):
    """What the description says of one signed operation at a door."""

    method: str
    path: str                               # with its parameters in braces
    name: str
    summary: str
    reply: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    codes: tuple[str, ...] = ()             # refusals that only this door gives
    parameter: str = ""                     # the name of what stands in braces, and
    pattern: str = ""                       # how it looks


class Lines(NamedTuple):
    """WebSockets by path, and what is to be done when the server begins and ends."""

    at: Mapping[str, Application]
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


_doors: Final[list[Door]] = []
_told: Final[list[Told]] = []
_lines: Final[list[Lines]] = []


def register(door: Door, *told: Told) -> None:
    """Open a door; apps do this when they are ready."""
    if door not in _doors:
        _doors.append(door)
        _told.extend(told)


def register_lines(lines: Lines) -> None:
    """Open lines; apps do this when they are ready."""
    if lines not in _lines:
        _lines.append(lines)


def doors() -> tuple[Door, ...]:
    """All doors of apps, as they were registered."""
    return tuple(_doors)


def told() -> tuple[Told, ...]:
    """What the description says of them."""
    return tuple(_told)


def lines() -> tuple[Lines, ...]:
    """All lines of apps."""
    return tuple(_lines)
