"""What stands in the bars above and below the screen that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.ui.bars import BarItem
from kiosk.ui.frame import Frame
from kiosk.ui.words import _, clock_time

from .base import KioskScreen, Stage
from .offers import BarEntry

_DEFAULT_ZONE: Final = "Asia/Shanghai"
_GREY: Final = "#4E453F"
_RED: Final = "#B5121B"


class Bars:
    """Title, way back, line and time above; what can be opened from anywhere below."""

    def __init__(self, stage: Stage, frame: Frame, entries: Sequence[BarEntry]) -> None:
        self._stage = stage
        self._top, self._bottom = frame.ids.top, frame.ids.bottom
        self._entries = entries
        self._top.bind(on_back=self._home)
        self.show(None)
        self.show_time()

    def show(self, screen: KioskScreen | None) -> None:
        """Show what belongs to this screen."""
        self.show_top(screen)
        # The same places on every screen, home too: a second tap on 首页 must not open its neighbour.
        items = [BarItem("home", _("首页"), self._home)]
        for entry in self._entries:
            items.append(BarItem(entry.icon, entry.text, partial(self._stage.show, entry.opens), alarm=entry.alarm))
        self._bottom.show(items, _GREY, _RED)

    def show_top(self, screen: KioskScreen | None) -> None:
        """Show where one is, and whether the office hears us."""
        glances = self._stage.glances
        if screen is None:
            return
        top = self._top
        top.has_back = screen.name != "home"
        settings = glances.station.settings if glances else None
        place = " · ".join(filter(None, (settings.name, settings.place))) if settings else ""
        top.title = screen.title if top.has_back else place
        if glances is not None:
            top.show_link(online=glances.station.online, pending=glances.station.pending)

    def show_time(self) -> None:
        """Show what time it is here."""
        glances = self._stage.glances
        try:
            zone = ZoneInfo(glances.station.settings.timezone if glances else _DEFAULT_ZONE)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo(_DEFAULT_ZONE)
        ahead = glances.station.clock_ahead if glances else timedelta()
        self._top.time = clock_time((self._stage.clock.now() + ahead).astimezone(zone))

    def _home(self, *_event: object) -> None:
        self._stage.go_home("home")
