"""An ISBN was scanned and several copies of it are here: which one is in your hand?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, cast

from kivy.properties import NumericProperty, StringProperty

from kiosk.ui.widgets import BigButton
from kiosk.ui.words import _

from .base import LendingScreen, take_label
from .labels import spoken_label
from .shown import BookShown

_AT_A_TIME: Final = 6    # as many as choose.kv has buttons


class CopyButton(BigButton):
    """One copy to choose, by the label printed on it; without a copy it cannot be seen."""

    book: BookShown | None = None

    def show(self, book: BookShown | None) -> None:
        """Stand for this copy."""
        self.book = book
        self.enabled = book is not None
        self.text = spoken_label(book.label) if book else ""


class ChooseScreen(LendingScreen):
    """Shows the copies' labels, some at a time."""

    name: ClassVar[str] = "choose"
    intent: ClassVar[str | None] = None

    headline = StringProperty("")
    page = NumericProperty(0)
    pages = NumericProperty(1)
    _books: Sequence[BookShown] = ()

    def enter(self, answer: object) -> None:
        """Show the copies."""
        self.title = _("图书漂流")
        if not isinstance(answer, list) or not answer:
            return
        self._books = books = cast("list[BookShown]", answer)
        self.headline = _("架上有 {count} 本，您拿的是哪本？").format(count=len(books))
        head = self.ids.head
        head.show(books[0])
        head.facts, head.number = [_("请看书后标签上的漂流编号，\n或者直接扫标签上的条码。")], ""
        self.pages = -(-len(books) // _AT_A_TIME)
        self.page = 0
        self._show_page()

    def leave(self) -> None:
        """Forget the copies."""
        self._books = ()
        self._show_page()

    def turn(self) -> None:
        """Show the next copies; after the last the first again."""
        self.page = (self.page + 1) % self.pages
        self._show_page()

    def type_label(self) -> None:
        """Type the number instead."""
        self.stage.show("keypad")

    def choose(self, book: BookShown | None) -> None:
        """This copy it is."""
        if book is None:
            return
        if self.stage.step.word == "borrow":
            take_label(self.stage, book.label, "borrow")
        else:
            self.stage.show("book", book)

    def _show_page(self) -> None:
        first = int(self.page) * _AT_A_TIME
        books = [*self._books[first:first + _AT_A_TIME], *[None] * _AT_A_TIME]
        buttons = [child for child in reversed(self.ids.copies.children) if isinstance(child, CopyButton)]
        for button, book in zip(buttons, books, strict=False):
            button.show(book)
