"""What drift books bring: their screens, labels and ISBNs, two doors and the shelf on the home screen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from devices.codes import CopyLabel, Isbn, Periodical, StationQr, Unknown
from kiosk.stage.base import KioskScreen, Panel, Stage
from kiosk.stage.glances import Glances
from kiosk.stage.ground import Ground
from kiosk.stage.offers import Example, Tile
from kiosk.stage.room import Room, Take
from kiosk.ui.words import _

from .base import take_label
from .book import BookScreen
from .choose import ChooseScreen
from .keypad import KeypadScreen
from .labels import spoken_label
from .lent import LentScreen
from .returned import ReturnedScreen
from .scan_here import BorrowScreen, ReturnScreen
from .service import LendingService, is_offered
from .shelf import ShelfGlance
from .shelf_panel import ShelfPanel
from .shown import BookShown
from .unknown import UnknownScreen

_HUE: Final = "#17795B"


class LendingRoom(Room[LendingService]):
    """Borrow here, return anywhere."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (
        BookScreen, BorrowScreen, ReturnScreen, LentScreen, ReturnedScreen, ChooseScreen, UnknownScreen, KeypadScreen,
    )
    beside: ClassVar[Mapping[type, Collection[type]]] = {CopyLabel: (Isbn, Periodical, Unknown)}
    panels: ClassVar[Sequence[type[Panel]]] = (ShelfPanel,)

    def open(self, ground: Ground) -> LendingService:
        """The service that borrows and returns."""
        return LendingService(ground.store, ground.station, ground.visits)

    def glance(self, service: LendingService) -> ShelfGlance:
        """What stands on the shelf."""
        return service.glance()

    def takes(self) -> Mapping[type, Take]:
        """Labels, and what is printed on books and magazines."""
        return {CopyLabel: _take_copy, Isbn: _take_isbn, Periodical: _take_periodical}

    def takes_rest(self) -> Take:
        """A code that nothing here knows may be a book's after all."""
        return _take_unknown

    def tiles(self, glances: Glances) -> Sequence[Tile]:
        """To borrow, and to give back."""
        if not is_offered(glances.station.settings):
            return ()
        shelf = glances.find(ShelfGlance) or ShelfGlance()
        if not glances.station.can_scan:
            lost = partial(Tile, hue=_HUE, live=_("扫码器没连上"), notes=(_("扫码器没连上"), _("请输入书后的编号")))
            return (
                lost(text=_("借书"), icon="book-open-page-variant", opens="borrow"),
                lost(text=_("还书"), icon="book-arrow-down", opens="give_back"),
            )
        return (
            Tile(
                text=_("借书"), icon="book-open-page-variant", hue=_HUE, opens="borrow",
                live=_("架上 {count} 本").format(count=shelf.count) if shelf.count else _("不要押金"),
                notes=(_("扫一下书后的条码"), _("不要押金，不罚款")),
            ),
            Tile(
                text=_("还书"), icon="book-arrow-down", hue=_HUE, opens="give_back", live=_("哪站借的都行"),
                notes=(_("哪个驿站借的"), _("都可以还在这里")),
            ),
        )

    def examples(self, glances: Glances) -> Sequence[Example]:
        """Books that stand here, the ISBN of one, and a code that nobody knows."""
        shelf = (glances.find(ShelfGlance) or ShelfGlance()).books
        books = [
            Example(book.label, book.title.title if book.title else _("漂流图书"), spoken_label(book.label))
            for book in shelf[:7]
        ]
        isbns = [book.title.isbn for book in shelf[:1] if book.title]
        return [
            *books,
            *(Example(isbn, _("同一本书的定价条码"), f"ISBN {isbn}") for isbn in isbns),
            Example("6901234567892", _("系统里没有的条码"), "6901234567892"),
        ]


def _take_copy(stage: Stage, code: CopyLabel, intent: str) -> None:
    take_label(stage, code.label, intent)


def _take_isbn(stage: Stage, code: Isbn, intent: str) -> None:
    lending = stage.service(LendingService)
    stage.run(partial(lending.scan_isbn, code.isbn13), partial(_show_copies, stage, intent))


def _show_copies(stage: Stage, intent: str, books: list[BookShown] | None) -> None:
    if books is None:
        stage.play("tick")
    # What comes back is not on this shelf yet, so an ISBN cannot tell which copy it is.
    elif intent == "return" or not books:
        stage.show("unknown", "isbn")
    elif len(books) > 1:
        stage.show("choose", books)
    elif intent == "borrow":
        lending = stage.service(LendingService)
        stage.run(partial(lending.borrow, books[0].label, by_isbn=True), partial(stage.show, "lent"))
    else:
        stage.show("book", books[0])


def _take_periodical(stage: Stage, _code: Periodical, _intent: str) -> None:
    stage.show("unknown", "periodical")


def _take_unknown(stage: Stage, code: Unknown | StationQr, _intent: str) -> None:
    if isinstance(code, Unknown):
        note = partial(stage.service(LendingService).note_unknown, code.raw)
        stage.run(note, lambda _nothing: stage.show("unknown"))
    else:
        stage.show("unknown")


ROOM: Final = LendingRoom()
