"""An ISBN was scanned and several copies of it are here: which one is in your hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from kivy.properties import NumericProperty, StringProperty

from kiosk.ui.widgets import BigButton
from kiosk.ui.words import _

from .base import Intent, LendingScreen, take_label
from .labels import spoken_label
from .shown import BookShown

_AT_A_TIME: Final = 6    # as many as choose.kv has buttons


@dataclass(frozen=True)
class Choice:
    """Copies to choose from, and what is to be done with the chosen one."""

    books: Sequence[BookShown]
    intent: Intent


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

    headline = StringProperty("")
    page = NumericProperty(0)
    pages = NumericProperty(1)
    _choice = Choice((), "")

    def enter(self, answer: object) -> None:
        """Show the copies."""
        self.title = _("图书漂流")
        if not isinstance(answer, Choice) or not answer.books:
            return
        self._choice = answer
        self.headline = _("架上有 {count} 本，您拿的是哪本？").format(count=len(answer.books))
        head = self.ids.head
        head.show(answer.books[0])
        head.facts, head.number = [_("请看书后标签上的漂流编号，\n或者直接扫标签上的条码。")], ""
        self.pages = -(-len(answer.books) // _AT_A_TIME)
        self.page = 0
        self._show_page()

    def leave(self) -> None:
        """Forget the copies."""
        self._choice = Choice((), "")
        self._show_page()

    def turn(self) -> None:
        """Show the next copies; after the last the first again."""
        self.page = (self.page + 1) % self.pages
        self._show_page()

    def type_label(self) -> None:
        """Type the number instead."""
        self.stage.show("keypad", self._choice.intent)

    def choose(self, book: BookShown | None) -> None:
        """This copy it is."""
        if book is None:
            return
        if self._choice.intent == "borrow":
            take_label(self.stage, book.label, "borrow")
        else:
            self.stage.show("book", book)

    def _show_page(self) -> None:
        first = int(self.page) * _AT_A_TIME
        books = [*self._choice.books[first:first + _AT_A_TIME], *[None] * _AT_A_TIME]
        buttons = [child for child in reversed(self.ids.copies.children) if isinstance(child, CopyButton)]
        for button, book in zip(buttons, books, strict=False):
            button.show(book)
