"""What apps bring to the office's pages. The frame knows no app, only what was registered here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeVar, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from .charts import Bars, Heat

T = TypeVar("T")


class Glance:
    """One look at the office, for one page."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = timezone.localdate(now)
        self._known: dict[Callable[[], object], object] = {}

    def once(self, ask: Callable[[], T]) -> T:
        """What `ask` answers; several parts of a page may want it, and it is asked once."""
        if ask not in self._known:
            self._known[ask] = ask()
        return cast("T", self._known[ask])


Somebody = AbstractBaseUser | AnonymousUser


def _everybody(_user: Somebody) -> bool:
    return True


@dataclass(frozen=True)
class Page:
    """A page in the menu, for those who may see it; the page itself has to refuse the others too."""

    order: int
    words: str
    icon: str       # `.icon-NAME` of office.css, or of the app's own look
    url: str        # its name among the app's urls
    may: Callable[[Somebody], bool] = _everybody


@dataclass(frozen=True)
class Figure:
    """One number with its name, and a sentence that puts it in place."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Figures:
    """Numbers for the first row of the overview."""

    order: int
    figures: Callable[[Glance], Sequence[Figure]]


@dataclass(frozen=True)
class Daily:
    """What an app counts by day; `counts` takes the first and the last day."""

    order: int
    name: str
    color: str
    counts: Callable[[date, date], Mapping[date, int]]


@dataclass(frozen=True)
class Card:
    """A card on the overview; its template draws one element with an id, and with `hx-swap-oob` if `oob`."""

    order: int
    title: str
    note: str
    template: str
    context: Callable[[Glance], dict[str, Any]]


@dataclass(frozen=True)
class ChartCard:
    """A card on the overview that draws a chart, with its table."""

    order: int
    name: str       # its id on the page
    title: str
    note: str
    chart: Callable[[Glance], Heat | Bars]


@dataclass(frozen=True)
class Waiting:
    """Work that waits for a hand: how much it is, and the `rows` that its template lists."""

    order: int
    title: str
    note: str
    count: Callable[[Glance], int]
    rows: Callable[[Glance], Sequence[Any]]
    template: str


@dataclass(frozen=True)
class Closed:
    """Which stations are out of service: station id → since when and by whom, in words."""

    order: int
    stations: Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Room:
    """All that one app brings; the parts of all rooms stand together, by their `order`."""

    urls: str = ""      # the module of its urlpatterns
    look: str = ""      # its own style sheet among its static files: its icon, and what the frame's look lacks
    pages: Sequence[Page] = ()
    figures: Sequence[Figures] = ()
    daily: Sequence[Daily] = ()
    cards: Sequence[Card | ChartCard] = ()
    waiting: Sequence[Waiting] = ()
    closed: Sequence[Closed] = ()


class _Part(Protocol):
    @property
    def order(self) -> int: ...


P = TypeVar("P", bound=_Part)
_rooms: Final[list[Room]] = []


def register(room: Room) -> None:
    """Open a room; apps do this when they are ready."""
    if room not in _rooms:
        _rooms.append(room)


def rooms() -> Sequence[Room]:
    """All of them, as they were registered."""
    return tuple(_rooms)


def brought(find: Callable[[Room], Sequence[P]]) -> list[P]:
    """The parts of one sort from all rooms, in their order."""
    return sorted((part for room in _rooms for part in find(room)), key=lambda part: part.order)
