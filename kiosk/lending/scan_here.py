"""Waiting for a book under the scanner, to borrow it or to give it back."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ListProperty, StringProperty

from kiosk.stage.glances import Glances
from kiosk.ui.words import _

from .base import LendingScreen


class ScanHereScreen(LendingScreen):
    """Shows where the code is and how to hold it."""

    headline = StringProperty("")
    steps = ListProperty(["", "", ""])
    note = StringProperty("")
    can_scan = BooleanProperty(True)

    def glances_changed(self, glances: Glances) -> None:
        """Say it if no scanner works; the keypad is the way then."""
        self.can_scan = glances.station.can_scan

    def type_label(self) -> None:
        """The code cannot be read: type the number."""
        self.stage.show("keypad")


class BorrowScreen(ScanHereScreen):
    """Scanning a book here borrows it at once."""

    name: ClassVar[str] = "borrow"
    intent: ClassVar[str | None] = "borrow"
    is_for_next: ClassVar[bool] = True

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Say how to borrow."""
        self.title = _("借书")
        self.headline = _("请扫书后的条码")
        self.steps = [_("拿一本喜欢的书"), _("条码对准扫码口"), _("响一声就借好了")]
        self.note = _("不用押金，也没有罚款。\n看完还到任一驿站都可以。")


class ReturnScreen(ScanHereScreen):
    """Scanning a book here gives it back at once."""

    name: ClassVar[str] = "give_back"
    intent: ClassVar[str | None] = "return"

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Say how to give back."""
        self.title = _("还书")
        self.headline = _("请扫书后的条码")
        self.steps = [_("哪里借的都行"), _("条码对准扫码口"), _("响一声放回书架")]
        self.note = _("谁来还都可以，不用登记。\n过了日子也没关系。")
