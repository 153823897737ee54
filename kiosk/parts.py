"""The parts a kiosk is put together from, and what a test may put in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devices.base import Scanner
from kiosk.clock import Clock
from kiosk.screens.base import Services
from kiosk.services.board import Board, BoardService
from kiosk.services.checkin import CheckinService
from kiosk.services.equipment import EquipmentService
from kiosk.services.lending import LendingService
from kiosk.services.station import StationService
from kiosk.services.visit import VisitService
from kiosk.ui.drawer import Example
from kiosk.ui.sounds import Sounds
from kiosk.ui.words import _, spoken_label
from sync.station.store import Store


def open_services(path: Path, clock: Clock) -> Services:
    """Open the station's store and the services on it; on the worker thread. Raises StoreError."""
    store = Store.open(path)
    station = StationService(store, clock)
    visits = VisitService(store, station, clock)
    checkins = CheckinService(store, station, visits)
    lending = LendingService(store, station, visits)
    return Services(
        store=store,
        visits=visits,
        checkins=checkins,
        lending=lending,
        boards=BoardService(store, station, checkins, lending),
        equipment=EquipmentService(store, station),
    )


@dataclass(frozen=True)
class Parts:
    """What a test may put in place of the real parts; None is the real one."""

    scanners: Sequence[Scanner] | None = None
    open_services: Callable[[Path, Clock], Services] = open_services
    send: Callable[[Path, str], object] | None = None   # to the virtual scanner of a demo
    sounds: Sounds | None = None


def examples_of(board: Board) -> list[Example]:
    """Codes to try: books that stand here, the ISBN of one, and a code that nobody knows."""
    books = [
        Example(book.label, book.title.title if book.title else _("漂流图书"), spoken_label(book.label))
        for book in board.shelf[:7]
    ]
    isbns = [book.title.isbn for book in board.shelf[:1] if book.title]
    return [
        *books,
        *(Example(isbn, _("同一本书的定价条码"), f"ISBN {isbn}") for isbn in isbns),
        Example("6901234567892", _("系统里没有的条码"), "6901234567892"),
    ]
