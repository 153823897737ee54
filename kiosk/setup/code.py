"""Typing the one-time code, where the QR cannot be scanned; its check character finds a slip."""

from __future__ import annotations

from typing import ClassVar

from kiosk.ui.words import _
from sync.protocol.enrolment import ALPHABET, LENGTH, EnrolmentCodeError, parse_code, shown_code

from .begin import Typed
from .enrolment import EnrolmentService
from .typing import TypingScreen


class CodeScreen(TypingScreen):
    """Ten signs, none that could be taken for another."""

    name: ClassVar[str] = "setup_code"
    signs: ClassVar[str] = ALPHABET
    most: ClassVar[int] = LENGTH

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with nothing typed."""
        office = self.stage.service(EnrolmentService).office
        self.heading, self.verb = _("输入登记码"), _("登记") if office else _("下一步：总工会网址")
        self.question = _("总工会给的登记码，10 位")
        self.hint = office or _("没有 0 O 1 I L U V 这些容易看错的字")
        self.typed = ""
        self.on_typed()

    def leave(self) -> None:
        """Forget what was typed."""
        self.typed = ""

    def show_typed(self) -> str:
        """7KQ2M 9XW4F, with a place for what is missing."""
        return shown_code(self.typed.ljust(LENGTH, "_"))

    def judge(self) -> tuple[bool, str]:
        """Whether all ten fit together."""
        if len(self.typed) < LENGTH:
            return False, ""
        try:
            parse_code(self.typed)
        except EnrolmentCodeError:
            return False, _("登记码不对，请核对后重新输入")
        return True, ""

    def confirm(self) -> None:
        """Enrol; without an address, that comes first."""
        code = Typed(self.typed)
        if self.stage.service(EnrolmentService).office:
            self.stage.show("setup_begin", code)
        else:
            self.stage.show("setup_office", code)
