"""Whether it is an emergency, in which a doctor on a screen is the wrong one."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import KioskScreen
from kiosk.ui.ticks import Tick, later
from kiosk.ui.words import _

from .asked import Wish

_READ_S: Final = 0.7    # nobody has read four signs sooner: a second tap was meant for the screen before


class Sign(BoxLayout):
    """One sign of an emergency."""

    icon = StringProperty("")
    text = StringProperty("")


class EmergencyScreen(KioskScreen):
    """Four signs; one of them is enough."""

    name: ClassVar[str] = "consult_emergency"

    is_read = BooleanProperty(False)
    _wish = Wish()
    _reading: Tick | None = None

    def enter(self, answer: object) -> None:
        """Ask."""
        self.title = _("看医生")
        self._wish = answer if isinstance(answer, Wish) else Wish()
        self.is_read = False
        self._reading = later(self._read, _READ_S)

    def leave(self) -> None:
        """Whoever comes next reads it anew."""
        if self._reading is not None:
            self._reading.cancel()

    def none_of_these(self) -> None:
        """Go on."""
        self.stage.show("consult_complaint", self._wish)

    def one_of_these(self) -> None:
        """No doctor on a screen."""
        self.stage.show("consult_120", self._wish)

    def _read(self) -> None:
        self.is_read = True


class CallNowScreen(KioskScreen):
    """120, and what to tell them."""

    name: ClassVar[str] = "consult_120"

    place = StringProperty("")
    _wish = Wish()

    def enter(self, answer: object) -> None:
        """Show where one is."""
        self._wish = answer if isinstance(answer, Wish) else Wish()
        self.title = _("马上打 120")
        glances = self.stage.glances
        settings = glances.station.settings if glances else None
        place = " ".join(filter(None, (settings.name, settings.place))) if settings else ""
        self.place = _("告诉他们：我在{place}").format(place=place) if place else ""
        self.stage.play("no")

    def ask_again(self) -> None:
        """It was a slip of the finger."""
        self.stage.show("consult_emergency", self._wish)
