"""Given back: put it on the shelf."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from kiosk.stage.reading import time_to_read
from kiosk.ui.words import _, marked

from .base import LendingScreen
from .book_head import drift_of
from .shown import ReturnShown


class ReturnedScreen(LendingScreen):
    """Says that it worked; the next book may be scanned at once."""

    name: ClassVar[str] = "returned"
    intent: ClassVar[str | None] = "return"

    headline = StringProperty("")
    terms = StringProperty("")
    drifted = StringProperty("")
    saved = StringProperty("")
    stops = ListProperty([])
    ends_here = BooleanProperty(True)
    seconds = NumericProperty(10)

    def enter(self, answer: object) -> None:
        """Show a return."""
        self.title = _("图书漂流")
        if not isinstance(answer, ReturnShown):
            return
        self.ids.head.show(answer.book)
        stops = len(answer.book.stops)
        self.headline, terms = {
            "returned": (_("还好了"), _("[b]请放回书架。[/b]它已漂流 {stops} 站。")),
            "shelved": (_("已上架登记"), _("[b]请放回书架。[/b]下一位工友就能看到它了。")),
            "found": (_("找到了，谢谢！"), _("[b]请放回书架。[/b]大家一直在找这本书。")),
        }[answer.how]
        self.terms = marked(terms, stops=stops)
        self.leaves_after_s = time_to_read(self.terms)
        self.drifted, self.stops, self.ends_here = drift_of(answer.book)
        self.saved = "" if answer.online else _("已保存，联网后上传")
        self.stage.play("done")

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds
