"""What the home screen shows: greeting, posters, trades, and books on the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sync.protocol.documents import Copy, Poster, StationSettings, Trade
from sync.protocol.events import BookBorrowed, BookReturned, BookShelved
from sync.station.store import Store

from .checkin import CheckinService
from .lending import BookShown, LendingService
from .station import StationService

SHELF_SHOWN: Final = 8
_RECENT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Board:
    """Everything on the home screen, as of now."""

    settings: StationSettings
    trades: tuple[Trade, ...]
    posters: tuple[Poster, ...]
    visits_today: int
    shelf: tuple[BookShown, ...]    # a few different titles that stand here
    shelf_count: int                # copies that stand here
    online: bool
    pending: int                    # events the office has not confirmed yet


class BoardService:
    """Gathers the board; the shelf is worked out again only when a book or a document moved."""

    def __init__(
        self, store: Store, station: StationService, checkins: CheckinService, lending: LendingService
    ) -> None:
        self._store = store
        self._station = station
        self._checkins = checkins
        self._lending = lending
        self._shelf_key: tuple[int, str, int] | None = None
        self._shelf: tuple[BookShown, ...] = ()
        self._shelf_count = 0

    def board(self) -> Board:
        """The board as of now."""
        documents = self._store.documents
        self._refresh_shelf()
        return Board(
            settings=self._station.settings(),
            trades=tuple(sorted(documents.all(Trade), key=lambda trade: (trade.order, trade.trade))),
            posters=tuple(sorted(documents.all(Poster), key=lambda poster: (poster.order, poster.poster))),
            visits_today=self._checkins.visits_today(),
            shelf=self._shelf,
            shelf_count=self._shelf_count,
            online=self._station.is_online(),
            pending=self._store.journal.count("pending"),
        )

    def _refresh_shelf(self) -> None:
        today = self._station.now().date()
        key = (self._store.documents.version(), today.isoformat(), self._lending.moves)
        if key == self._shelf_key:
            return
        here = [copy for copy in self._copies() if copy.status == "on_shelf" and copy.station == self._station.id]
        first_of_title = {copy.isbn: copy for copy in reversed(here) if copy.isbn}
        titles = sorted(first_of_title)
        # Another part of the shelf each day, the same all day long.
        turn = today.toordinal() * SHELF_SHOWN % max(1, len(titles))
        shown = (titles[turn:] + titles[:turn])[:SHELF_SHOWN]
        self._shelf = tuple(self._lending.show(first_of_title[isbn]) for isbn in shown)
        self._shelf_count = len(here)
        self._shelf_key = key

    def _copies(self) -> list[Copy]:
        """Copies that the office places here, and those that moved here since it last said so."""
        published = {copy.label: copy for copy in self._store.documents.having(Copy, "station", self._station.id)}
        since = self._station.now() - _RECENT
        for label in self._store.journal.subjects((BookBorrowed, BookReturned, BookShelved), since):
            published[label] = self._lending.state_of(label)
        return [published[label] for label in sorted(published)]
