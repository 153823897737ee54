"""What is wrong, by pictures; several may be tapped, and none need be."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty

from kiosk.stage.base import KioskScreen, Stage
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .asked import COMPLAINT_ICONS, Wish, complaint_names


class ComplaintTile(Tap):
    """Something that hurts; tapped again, it does not."""

    is_chosen = BooleanProperty(False)


class ComplaintScreen(KioskScreen):
    """Twelve pictures and a way on."""

    name: ClassVar[str] = "consult_complaint"

    chosen = NumericProperty(0)
    _wish = Wish()

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._tiles: dict[str, ComplaintTile] = {}
        for code, text in complaint_names().items():
            self._tiles[code] = tile = ComplaintTile(text=text, icon=COMPLAINT_ICONS[code])
            tile.bind(on_release=partial(self._toggle))
            self.ids.pictures.add_widget(tile)

    def enter(self, answer: object) -> None:
        """Ask."""
        self.title = _("看医生")
        self._wish = answer if isinstance(answer, Wish) else Wish()
        self.leave()

    def leave(self) -> None:
        """Forget what was tapped."""
        for tile in self._tiles.values():
            tile.is_chosen = False
        self.chosen = 0

    def go_on(self) -> None:
        """To the mirror."""
        complaint = tuple(code for code, tile in self._tiles.items() if tile.is_chosen)
        self.stage.show("consult_waiting", Wish(self._wish.language, complaint))

    def _toggle(self, tile: ComplaintTile) -> None:
        tile.is_chosen = not tile.is_chosen
        self.chosen = sum(each.is_chosen for each in self._tiles.values())
