"""Who sets the station up: the name that stands on the sheet."""

from __future__ import annotations

from typing import ClassVar

from kiosk.ui.words import _

from .test import Named
from .typing import TypingScreen


class NameScreen(TypingScreen):
    """Letters and digits: a name as it is spelt, or a number of staff."""

    name: ClassVar[str] = "setup_name"
    signs: ClassVar[str] = "1234567890QWERTYUIOPASDFGHJKLZXCVBNM-"
    most: ClassVar[int] = 20
    across: ClassVar[int] = 7
    back_to: ClassVar[str] = "setup_test"

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with nothing typed."""
        self.heading, self.verb = _("谁在验收？"), _("就是我")
        self.question = _("姓名拼音或工号，会写在验收单上")
        self.hint = _("免检的项目也记在您的名下")
        self.typed = ""
        self.on_typed()

    def judge(self) -> tuple[bool, str]:
        """Two signs at least."""
        return len(self.typed) >= 2, ""

    def confirm(self) -> None:
        """Go on in this name."""
        self.stage.show("setup_test", Named(self.typed))
