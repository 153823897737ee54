"""What is wrong with it: broken, missing or dirty."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import msgspec
from kivy.properties import StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.ui.words import _
from sync.protocol.documents import Amenity

from .service import FaultService, What


class Item(msgspec.Struct, frozen=True):
    """The thing that was tapped, and what is known of it."""

    amenity: Amenity
    is_open: bool


class WhatScreen(KioskScreen):
    """Three large answers and a way back."""

    name: ClassVar[str] = "what_is_wrong"

    amenity = StringProperty("")
    icon = StringProperty("")
    known = StringProperty("")
    _amenity = Amenity("", "")

    def enter(self, answer: object) -> None:
        """Ask about this thing."""
        self.title = _("报修")
        if isinstance(answer, Item):
            self._amenity = answer.amenity
            self.amenity, self.icon = answer.amenity.name, answer.amenity.icon
            self.known = _("已报修，处理中。又有新情况，也请说一声") if answer.is_open else ""

    def report(self, what: What) -> None:
        """This is what is wrong."""
        service = self.stage.service(FaultService)
        self.run(partial(service.report, self._amenity, what), partial(self.stage.show, "fault_reported"))
