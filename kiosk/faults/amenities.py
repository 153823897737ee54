"""WiFi and what there is in the room; a tap on a thing leads to reporting it."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from kivy.properties import BooleanProperty, StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.stage.glances import Glances
from kiosk.ui.theme import current_theme
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _
from sync.protocol.documents import Amenity

from .service import FaultService, FaultsGlance, ReportShown
from .what import Item

_MOST_AMENITIES: Final = 12
_FEW: Final = 8


class AmenityTile(Tap):
    """Something the station offers, and how far its fault is if it has one."""

    state_words = StringProperty("")
    is_crowded = BooleanProperty(False)

    @staticmethod
    def icon_units(is_crowded: bool, has_state: bool, is_long: bool, is_large: bool) -> int:
        """How large the icon is beside these words, which go before it."""
        if is_crowded and has_state and (is_long or is_large):
            return 1
        if is_crowded and is_long:
            return 40
        if is_crowded:
            return 48 if is_large else 64
        return 60 if is_long else 80


class AmenitiesScreen(KioskScreen):
    """What the office publishes of this station, and what is at fault of it."""

    name: ClassVar[str] = "amenities"

    wifi = StringProperty("")
    can_report = BooleanProperty(False)
    _amenities: tuple[Amenity, ...] = ()

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show it, with what was reported a moment ago."""
        self.title = _("WiFi 设施")
        if self.stage.glances is not None:
            self.glances_changed(self.stage.glances)
            self.run(lambda: self.stage.service(FaultService).glance(), self._show_faults)

    def glances_changed(self, glances: Glances) -> None:
        """Show the newest settings and faults."""
        settings = glances.station.settings
        self.wifi = settings.wifi_name
        self.can_report = bool(settings.amenities)
        if settings.amenities != self._amenities:
            self._amenities = settings.amenities
            self._show(settings.amenities)
        self._show_faults(glances.find(FaultsGlance) or FaultsGlance())

    def _show(self, amenities: tuple[Amenity, ...]) -> None:
        grid = self.ids.amenities
        grid.clear_widgets()
        is_crowded = len(amenities) > _FEW or current_theme().tight
        for amenity in amenities[:_MOST_AMENITIES]:
            tile = AmenityTile(icon=amenity.icon, text=amenity.name, is_crowded=is_crowded)
            tile.bind(on_release=partial(self._tapped, amenity))
            grid.add_widget(tile)

    def _show_faults(self, faults: FaultsGlance) -> None:
        for tile in self.ids.amenities.children:
            tile.state_words = _("已报修，处理中") if faults.is_open(tile.text) else ""

    def _tapped(self, amenity: Amenity, tile: AmenityTile) -> None:
        item = Item(amenity, is_open=bool(tile.state_words))
        self.run(partial(self.stage.service(FaultService).look_up, amenity), partial(self._ask, item))

    def _ask(self, item: Item, known: ReportShown | None) -> None:
        if known is None:
            self.stage.show("what_is_wrong", item)
        else:
            self.stage.show("fault_reported", known)
