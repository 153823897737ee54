"""A book that was scanned, or tapped on the shelf: borrow it or give it back."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ListProperty, StringProperty

from kiosk.ui.words import _

from .base import LendingScreen, take_label
from .book_head import BookHead, drift_of, place_of
from .shown import BookShown

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
    _label = ""

    def enter(self, answer: object) -> None:
        """Show the book."""
        self.title = _("图书漂流")
        if not isinstance(answer, BookShown):
            return
        self._label = answer.label
        self.ids.head.show(answer)
        self.place = place_of(answer)
        self.came_back = answer.status in {"on_loan", "missing"}
        self.drifted, self.stops, self.ends_here = drift_of(answer)

    def borrow(self) -> None:
        """Borrow it."""
        take_label(self.stage, self._label, "borrow")

    def give_back(self) -> None:
        """Give it back here."""
        take_label(self.stage, self._label, "return")
