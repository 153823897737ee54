"""The sheet at the end of the test, as it was signed."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, StringProperty

from kiosk.ui.words import LANGUAGES, _, clock_time
from sync.protocol.sheets import is_passed

from .base import SetupRow, SetupScreen
from .part import ICONS
from .test import Signed

_STATES = {"passed": "works", "failed": "fails", "waived": "waived", "absent": "absent"}
_MOODS = {"passed": "good", "failed": "bad"}


class SheetScreen(SetupScreen):
    """Passed: the station goes into service. Not passed: back to the test."""

    name: ClassVar[str] = "setup_sheet"

    is_passed = BooleanProperty(False)
    signed = StringProperty("")
    proof = StringProperty("")

    def enter(self, answer: object) -> None:
        """Show what was signed."""
        if not isinstance(answer, Signed):
            return
        tested = answer.tested
        self.is_passed = is_passed(tested)
        self.stage.play("done" if self.is_passed else "no")
        at = tested.tested_at
        self.signed = _("{station} · {who} · {at}").format(
            station=tested.station, who=tested.who, at=f"{at:%Y-%m-%d} {clock_time(at)}"
        )
        self.proof = _("程序 {program} · 签名 {signature}").format(
            program=tested.program, signature=tested.signature[:16]
        )
        rows = self.ids.rows
        rows.clear_widgets()
        for part in tested.parts:
            note = {
                "passed": _("通过"), "absent": _("没有这一项"),
                "failed": _("没通过 {code}").format(code=part.code),
                "waived": _("{who} 免检 {code}").format(who=part.by, code=part.code),
            }[part.result]
            rows.add_widget(SetupRow(
                icon=ICONS[_STATES[part.result]], text=answer.names[part.part], note=note,
                mood=_MOODS.get(part.result, "plain"),
            ))

    def go_on(self) -> None:
        """Into service, in Chinese; or back to what failed."""
        if self.is_passed:
            self.stage.speak(LANGUAGES[0])
            self.stage.go_home("home")
        else:
            self.stage.show("setup_test")
