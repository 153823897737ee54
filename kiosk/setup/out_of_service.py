"""The office has taken the station out of service: the screen says so, and takes nothing."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import StringProperty

from kiosk.stage.glances import Glances
from kiosk.stage.phones import help_line

from .base import SetupScreen
from .service import SetupGlance


class OutOfServiceScreen(SetupScreen):
    """In the place of home, until the office takes it back."""

    name: ClassVar[str] = "setup_closed"
    is_resting: ClassVar[bool] = True

    phone = StringProperty("")

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Say whom to call."""
        self.phone = help_line(self.stage.glances)

    def glances_changed(self, glances: Glances) -> None:
        """Home again, once the office says so; a technician's stick is answered here too."""
        glance = glances.find(SetupGlance)
        if self.parent is not None and (glance is None or glance.is_open or glance.stick.step):
            self.stage.go_home("idle")
