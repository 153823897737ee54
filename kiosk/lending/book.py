"""A book that was scanned: borrow it or give it back. One whose cover was tapped: where it is."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ListProperty, StringProperty

from kiosk.ui.words import _

from .base import LendingScreen, take_label
from .book_head import BookHead, drift_of, place_of
from .shown import BookOnShelf, BookShown

__all__ = ["BookHead", "BookScreen"]


class BookScreen(LendingScreen):
    """Asks what to do with the book."""

    name: ClassVar[str] = "book"
    intent: ClassVar[str | None] = None

    place = StringProperty("")
    drifted = StringProperty("")
    stops = ListProperty([])
    ends_here = BooleanProperty(True)
    came_back = BooleanProperty(False)  # it was out, so it is more likely given back than borrowed
    in_hand = BooleanProperty(True)     # its code was read: only then it is lent or given back
    _label = ""

    def enter(self, answer: object) -> None:
        """Show the book."""
        self.title = _("图书漂流")
        self.in_hand = isinstance(answer, BookShown)
        if isinstance(answer, BookOnShelf):
            answer = answer.book
        if not isinstance(answer, BookShown):
            return
        self._label = answer.label
        self.ids.head.show(answer)
        self.place = place_of(answer)
        self.came_back = answer.status in {"on_loan", "missing"}
        self.drifted, self.stops, self.ends_here = drift_of(answer)

    def type_label(self) -> None:
        """The code cannot be read: type the number."""
        self.stage.show("keypad")

    def borrow(self) -> None:
        """Borrow it."""
        take_label(self.stage, self._label, "borrow")

    def give_back(self) -> None:
        """Give it back here."""
        take_label(self.stage, self._label, "return")
