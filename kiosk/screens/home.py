"""Home: poster, trades to check in with, what can be done here, and books on the shelf."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from kiosk.services.board import Board
from kiosk.services.lending import BookShown
from kiosk.ui.ticks import Tick, every
from kiosk.ui.widgets import Tap, Tile
from kiosk.ui.words import _
from sync.protocol.documents import Poster, Trade

from .base import KioskScreen, Stage
from .book_head import paint

POSTER_S: Final = 8.0
DEBOUNCE_S: Final = 2.0
_COVERS: Final = 5


class ShelfBook(Tap):
    """A book on the shelf, seen from the front."""

    book: BookShown | None = None

    def show(self, book: BookShown) -> None:
        """Show this book."""
        self.book = book
        paint(self.ids.cover, book)
        self.text = book.title.title if book.title else book.label


class HomeScreen(KioskScreen):
    """The resting screen."""

    name: ClassVar[str] = "home"

    lends = BooleanProperty(True)
    trades = ListProperty([])
    shelf_note = StringProperty("")
    shelf_count = NumericProperty(0)

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._posters: tuple[Poster, ...] = ()
        self._poster = 0
        self._visits = 0
        self._turning: Tick | None = None
        self._tapped_s = -DEBOUNCE_S
        super().__init__(stage, **given)
        self.bind(orientation=self._arrange)
        self._arrange()

    def _arrange(self, *_event: object) -> None:
        """The shelf is last in portrait, and under the poster in landscape."""
        shelf, wanted = self.ids.shelf, self if self.orientation == "vertical" else self.ids.first
        if shelf.parent is not wanted:
            shelf.parent.remove_widget(shelf)
            wanted.add_widget(shelf)

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with the first poster."""
        self._poster = 0
        self._show_poster()
        self.leave()
        self._turning = every(self._turn, POSTER_S)

    def leave(self) -> None:
        """Nothing turns while it is not seen."""
        if self._turning is not None:
            self._turning.cancel()
            self._turning = None

    def board_changed(self, board: Board) -> None:
        """Show what is new on the board."""
        self.lends = "drift" in board.settings.services
        self._visits = board.visits_today
        self._posters = board.posters or (self._own_poster(),)
        self._show_poster()
        if list(board.trades) != list(self.trades):
            self.trades = list(board.trades)
            self._show_trades(board.trades)
        self._show_shelf(board)

    def check_in(self, trade: str) -> None:
        """A trade was tapped; a second tap within two seconds is the same one."""
        now = self.stage.clock.monotonic()
        if now - self._tapped_s < DEBOUNCE_S:
            self.stage.play("tick")
            return
        self._tapped_s = now
        self.run(partial(self.stage.services.checkins.check_in, trade), partial(self.stage.show, "checked_in"))

    def open_book(self, book: BookShown) -> None:
        """A cover on the shelf was tapped."""
        self.run(partial(self.stage.services.lending.look_up, book.label), partial(self.stage.show, "book"))

    def _tap_trade(self, trade: str, _tile: Tile) -> None:
        self.check_in(trade)

    def _tap_book(self, cover: ShelfBook) -> None:
        if cover.book is not None:
            self.open_book(cover.book)

    def _show_trades(self, trades: tuple[Trade, ...]) -> None:
        grid = self.ids.trades
        grid.clear_widgets()
        for trade in trades[:8]:
            tile = Tile(text=trade.short or trade.name, icon=trade.icon)
            tile.bind(on_release=partial(self._tap_trade, trade.trade))
            grid.add_widget(tile)

    def _show_shelf(self, board: Board) -> None:
        self.shelf_count = board.shelf_count
        row = self.ids.covers
        books = board.shelf[:_COVERS]
        while len(row.children) > len(books):
            row.remove_widget(row.children[0])
        while len(row.children) < len(books):
            cover = ShelfBook()
            cover.bind(on_release=self._tap_book)
            row.add_widget(cover)
        for cover, book in zip(reversed(row.children), books, strict=True):
            cover.show(book)
        self.shelf_note = "" if books else _("书架上还没有登记的书。看完的漂流书，扫一下就能放在这里。")

    def _turn(self) -> None:
        if len(self._posters) > 1:
            self._poster = (self._poster + 1) % len(self._posters)
            self._show_poster()

    def _show_poster(self) -> None:
        if not self._posters:
            return
        self._poster %= len(self._posters)
        poster = self._posters[self._poster]
        note = poster.note.replace("{visits}", str(self._visits))
        if "{visits}" in poster.note and self._visits == 0:
            note = _("欢迎，您是今天第一位")
        frame = self.ids.poster
        frame.count, frame.current = len(self._posters), self._poster
        frame.show(poster.lines, note, poster.icon, poster.palette)

    @staticmethod
    def _own_poster() -> Poster:
        return Poster(
            poster="own",
            lines=(_("辛苦了，"), _("进来歇歇脚")),
            note=_("今天已有 {visits} 位劳动者在这里休息"),
            icon="sofa",
        )
