"""Lent: until when, where to give it back, and how far the book has come."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from kiosk.stage.reading import time_to_read
from kiosk.ui.words import _, day, marked

from .base import LendingScreen
from .book_head import drift_of
from .shown import LoanShown


class LentScreen(LendingScreen):
    """Says that it worked; the next book may be scanned at once."""

    name: ClassVar[str] = "lent"
    intent: ClassVar[str | None] = "borrow"
    is_for_next: ClassVar[bool] = True

    terms = StringProperty("")
    drifted = StringProperty("")
    saved = StringProperty("")
    stops = ListProperty([])
    ends_here = BooleanProperty(True)
    seconds = NumericProperty(10)

    def enter(self, answer: object) -> None:
        """Show a loan."""
        self.title = _("图书漂流")
        if not isinstance(answer, LoanShown):
            return
        self.ids.head.show(answer.book)
        self.terms = marked(_("{day}前，还到[b]任一驿站[/b]都可以。\n不用押金，也没有罚款。"), day=day(answer.due_on))
        self.leaves_after_s = time_to_read(self.terms)
        self.drifted, self.stops, self.ends_here = drift_of(answer.book)
        self.saved = "" if answer.online else _("已保存，联网后上传")
        self.stage.play("done")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds
