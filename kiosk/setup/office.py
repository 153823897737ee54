"""Typing the office's address, where neither QR nor settings tell it."""

from __future__ import annotations

from typing import ClassVar

from kiosk.ui.words import _
from sync.protocol.addresses import is_loopback
from sync.station.errors import AddressRefused
from sync.station.exchange.address import check_address

from .begin import Typed
from .enrolment import EnrolmentService
from .typing import TypingScreen


class OfficeScreen(TypingScreen):
    """The name of a machine, as it stands on the page with the code."""

    name: ClassVar[str] = "setup_office"
    signs: ClassVar[str] = "1234567890qwertyuiopasdfghjklzxcvbnm.-:/"
    most: ClassVar[int] = 100
    across: ClassVar[int] = 7
    back_to: ClassVar[str] = "setup_code"
    _code: Typed | None = None

    def enter(self, answer: object) -> None:
        """Begin with nothing typed; the code waits."""
        self._code = answer if isinstance(answer, Typed) else None
        self.heading, self.verb = _("总工会网址"), _("登记") if self._code else _("就用这个网址")
        self.question = _("总工会的网址，和登记码在同一页上")
        self.hint = _("https:// 已经写好了，从后面的字打起")
        self.typed = ""
        self.on_typed()

    def leave(self) -> None:
        """Forget the code."""
        self._code = None

    def show_typed(self) -> str:
        """The whole address."""
        return self._address() + "_"

    def judge(self) -> tuple[bool, str]:
        """Whether it is an address; what is wrong with half of one is not said."""
        try:
            check_address(self._address())
        except AddressRefused:
            return False, ""
        return True, ""

    def confirm(self) -> None:
        """Use it, and go on with the code."""
        try:
            self.stage.service(EnrolmentService).choose_office(self._address())
        except AddressRefused as refused:
            self.trouble = _(refused.next_step)
            return
        self.stage.show("setup_begin", self._code)

    def _address(self) -> str:
        host = self.typed.split("/")[0].rsplit(":", 1)[0]
        return f"{'http' if is_loopback(host) else 'https'}://{self.typed}"
