"""An ISBN was scanned and several copies of it are here: which one is in your hand?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast

from kivy.properties import NumericProperty, StringProperty

from kiosk.stage.base import Stage
from kiosk.ui.theme import current_theme
from kiosk.ui.widgets import BigButton
from kiosk.ui.words import _

from .base import LendingScreen, take_label
from .labels import spoken_label
from .shown import BookShown

_AT_A_TIME: Final = 6
_FEWER: Final = 4        # where a finger needs much of the panel


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

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._buttons: list[CopyButton] = []

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
        self._lay_out()
        self.pages = -(-len(books) // len(self._buttons))
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
        first = int(self.page) * len(self._buttons)
        books = [*self._books[first:first + len(self._buttons)], *[None] * len(self._buttons)]
        for button, book in zip(self._buttons, books, strict=False):
            button.show(book)

    def _lay_out(self) -> None:
        """As many buttons as the panel has room for."""
        grid, theme = self.ids.copies, current_theme()
        wanted = _FEWER if theme.tight else _AT_A_TIME
        while len(self._buttons) > wanted:
            grid.remove_widget(self._buttons.pop())
        while len(self._buttons) < wanted:
            self._buttons.append(button := CopyButton())
            button.bind(on_release=self._chosen)
            grid.add_widget(button, index=2)    # before the two ways on

    def _chosen(self, button: CopyButton) -> None:
        self.choose(button.book)
