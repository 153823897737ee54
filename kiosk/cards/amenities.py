"""WiFi and what there is in the room."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import KioskScreen
from kiosk.stage.glances import Glances
from kiosk.ui.words import _
from sync.protocol.documents import Amenity

_MOST_AMENITIES: Final = 12


class AmenityTile(BoxLayout):
    """Something the station offers."""

    icon = StringProperty("")
    label = StringProperty("")


class AmenitiesScreen(KioskScreen):
    """What the office publishes of this station."""

    name: ClassVar[str] = "amenities"

    wifi = StringProperty("")
    place = StringProperty("")
    _amenities: tuple[Amenity, ...] = ()

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show it."""
        self.title = _("WiFi 设施")
        if self.stage.glances is not None:
            self.glances_changed(self.stage.glances)

    def glances_changed(self, glances: Glances) -> None:
        """Show the newest settings."""
        settings = glances.station.settings
        self.wifi = settings.wifi_name
        self.place = " · ".join(filter(None, (settings.name, settings.place)))
        if settings.amenities == self._amenities:
            return
        self._amenities = settings.amenities
        grid = self.ids.amenities
        grid.clear_widgets()
        for amenity in settings.amenities[:_MOST_AMENITIES]:
            grid.add_widget(AmenityTile(icon=amenity.icon, label=amenity.name))
