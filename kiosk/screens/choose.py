"""An ISBN was scanned and several copies of it are here: which one is in your hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from kivy.properties import StringProperty

from kiosk.services.lending import BookShown
from kiosk.ui.widgets import BigButton
from kiosk.ui.words import _, spoken_label

from .base import Intent, KioskScreen

_MOST: int = 6


@dataclass(frozen=True)
class Choice:
    """Copies to choose from, and what is to be done with the chosen one."""

    books: Sequence[BookShown]
    intent: Intent


class ChooseScreen(KioskScreen):
    """Shows the copies' labels."""

    name: ClassVar[str] = "choose"
    headline = StringProperty("")

    def enter(self, answer: object) -> None:
        """Show the copies."""
        self.title = _("图书漂流")
        if not isinstance(answer, Choice) or not answer.books:
            return
        self.headline = _("架上有 {count} 本，您拿的是哪本？").format(count=len(answer.books))
        self.ids.head.show(answer.books[0])
        self.ids.head.lines = _("请看书后标签上的漂流编号，\n或者直接扫标签上的条码。")
        grid = self.ids.copies
        grid.clear_widgets()
        for book in answer.books[:_MOST]:
            button = BigButton(kind="secondary", text=spoken_label(book.label))
            button.bind(on_release=partial(self._choose, book, answer.intent))
            grid.add_widget(button)

    def leave(self) -> None:
        """Forget the copies."""
        self.ids.copies.clear_widgets()

    def _choose(self, book: BookShown, intent: Intent, _button: object) -> None:
        if intent == "borrow":
            self.run(partial(self.stage.services.lending.borrow, book.label), partial(self.stage.show, "lent"))
        else:
            self.stage.show("book", book)
