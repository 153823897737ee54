"""Books on the shelf, seen from the front, at the end of the home screen."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final, Literal

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import Panel
from kiosk.stage.glances import Glances
from kiosk.ui.theme import current_theme
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .book_head import paint
from .service import LendingService, is_offered
from .shelf import STEP, ShelfGlance
from .shown import BookShown

_COVERS: Final = 5
_FEWER: Final = STEP    # where a finger needs much of the panel


class ShelfBook(Tap):
    """A book on the shelf."""

    book: BookShown | None = None

    def show(self, book: BookShown) -> None:
        """Show this book."""
        self.book = book
        paint(self.ids.cover, book)
        self.text = book.title.title if book.title else book.label


class ShelfPanel(Panel):
    """A few covers; a tap on one tells where the book is."""

    place: ClassVar[Literal["first", "last"]] = "last"

    lends = BooleanProperty(True)
    shelf_note = StringProperty("")
    shelf_count = NumericProperty(0)
    most = NumericProperty(_COVERS)

    def glances_changed(self, glances: Glances) -> None:
        """Show the shelf."""
        self.lends = is_offered(glances.station.settings)
        shelf = glances.find(ShelfGlance) or ShelfGlance()
        self.shelf_count = shelf.count
        row = self.ids.covers
        self.most = _FEWER if current_theme().tight else _COVERS
        books = shelf.books[:int(self.most)]
        while len(row.children) > len(books):
            row.remove_widget(row.children[0])
        while len(row.children) < len(books):
            cover = ShelfBook()
            cover.bind(on_release=self._tap)
            row.add_widget(cover)
        for cover, book in zip(reversed(row.children), books, strict=True):
            cover.show(book)
        self.shelf_note = "" if books else _("书架上还没有登记的书。看完的漂流书，扫一下就能放在这里。")

    def open_book(self, book: BookShown) -> None:
        """A cover was tapped."""
        self.run(
            partial(self.stage.service(LendingService).find_on_shelf, book.label), partial(self.stage.show, "book")
        )

    def _tap(self, cover: ShelfBook) -> None:
        if cover.book is not None:
            self.open_book(cover.book)
