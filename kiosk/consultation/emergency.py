"""Whether it is an emergency, in which a doctor on a screen is the wrong one."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import KioskScreen
from kiosk.ui.words import _

from .asked import Wish


class Sign(BoxLayout):
    """One sign of an emergency."""

    icon = StringProperty("")
    text = StringProperty("")


class EmergencyScreen(KioskScreen):
    """Four signs; one of them is enough."""

    name: ClassVar[str] = "consult_emergency"
    _wish = Wish()

    def enter(self, answer: object) -> None:
        """Ask."""
        self.title = _("看医生")
        self._wish = answer if isinstance(answer, Wish) else Wish()

    def none_of_these(self) -> None:
        """Go on."""
        self.stage.show("consult_complaint", self._wish)


class CallNowScreen(KioskScreen):
    """120, and what to tell them."""

    name: ClassVar[str] = "consult_120"

    place = StringProperty("")

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show where one is."""
        self.title = _("马上打 120")
        glances = self.stage.glances
        settings = glances.station.settings if glances else None
        place = " ".join(filter(None, (settings.name, settings.place))) if settings else ""
        self.place = _("告诉他们：我在{place}").format(place=place) if place else ""
        self.stage.play("no")
