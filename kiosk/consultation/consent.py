"""What a talk with a doctor is, in four lines, and whether the worker wants it so."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.ui.words import _

from .asked import Wish
from .service import ConsultationGlance, ConsultationService


class ConsentScreen(KioskScreen):
    """Four lines and two buttons."""

    name: ClassVar[str] = "consult_consent"

    with_whom = StringProperty("")
    _wish = Wish()

    def enter(self, answer: object) -> None:
        """Show what is agreed to."""
        self.title = _("看医生")
        self._wish = answer if isinstance(answer, Wish) else Wish(_only_language(self))
        glance = self.stage.glances.find(ConsultationGlance) if self.stage.glances else None
        provider = glance.provider if glance else ""
        self.with_whom = (
            _("医生来自{name}，您的病历由他们保管").format(name=provider)
            if provider
            else _("医生会写病历，只有医生和您能看，保存 15 年")
        )
        self.stage.quietly(self.stage.service(ConsultationService).get_ready, _nothing)

    def agree(self) -> None:
        """Go on."""
        self.stage.show("consult_emergency", self._wish)


def _nothing(_answer: object) -> None:
    """Nobody waits for this."""


def _only_language(screen: KioskScreen) -> str:
    glance = screen.stage.glances.find(ConsultationGlance) if screen.stage.glances else None
    return glance.languages[0] if glance and glance.languages else "zh_CN"
