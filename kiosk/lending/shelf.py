"""What stands on this station's shelf; worked out again only when a book or a document moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

import msgspec

from kiosk.stage.station import StationService
from sync.protocol.documents import Copy
from sync.protocol.events import BookBorrowed, BookReturned, BookShelved
from sync.station.store import Store

from .shown import BookShown

SHOWN: Final = 8
STEP: Final = 3     # titles that make way each day: no more than the smallest panel shows, or some would never be seen
_RECENT: Final = timedelta(days=1)


class ShelfGlance(msgspec.Struct, frozen=True):
    """The shelf as of now."""

    books: tuple[BookShown, ...] = ()   # a few different titles that stand here
    count: int = 0                      # copies that stand here


class Books(Protocol):
    """Who knows where books are."""

    def state_of(self, label: str) -> Copy:
        """Where a copy is."""
        ...

    def show(self, copy: Copy) -> BookShown:
        """A copy in the words of the screen."""
        ...


class Shelf:
    """Keeps the last glance as long as it is true."""

    def __init__(self, store: Store, station: StationService, books: Books) -> None:
        self._store = store
        self._station = station
        self._books = books
        self._key: tuple[int, str, int] | None = None
        self._glance = ShelfGlance()

    def glance(self, moves: int) -> ShelfGlance:
        """The shelf after so many moves."""
        today = self._station.now().date()
        key = (self._store.documents.version(), today.isoformat(), moves)
        if key == self._key:
            return self._glance
        here = [copy for copy in self._copies() if copy.status == "on_shelf" and copy.station == self._station.id]
        first_of_title = {copy.isbn: copy for copy in reversed(here) if copy.isbn}
        titles = sorted(first_of_title)
        # Another part of the shelf each day, the same all day long.
        turn = today.toordinal() * STEP % max(1, len(titles))
        shown = (titles[turn:] + titles[:turn])[:SHOWN]
        books = tuple(self._books.show(first_of_title[isbn]) for isbn in shown)
        self._glance, self._key = ShelfGlance(books, len(here)), key
        return self._glance

    def _copies(self) -> list[Copy]:
        """Copies that the office places here, and those that moved here since it last said so."""
        published = {copy.label: copy for copy in self._store.documents.having(Copy, "station", self._station.id)}
        since = self._station.now() - _RECENT
        for label in self._store.journal.subjects((BookBorrowed, BookReturned, BookShelved), since):
            published[label] = self._books.state_of(label)
        return [published[label] for label in sorted(published)]
