"""Doors to services: as large as there is room for, each with one line that is true now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import OnStage, Stage
from kiosk.stage.offers import Tile
from kiosk.ui.widgets import Tap

from .plan import ROW, Plan

_TALL: Final = 236.0    # units: a narrow door this high has its icon above its words


class Door(Tap):
    """A coloured door to a service; a grey one, which says why, if it cannot be used now."""

    hue = ColorProperty("#17795B")
    lines = ListProperty([])
    is_open = BooleanProperty(True)
    opens = StringProperty("")

    def show(self, tile: Tile) -> None:
        """Stand for this service."""
        self.text, self.icon, self.hue = tile.text, tile.icon, tile.hue
        self.opens = tile.explains if tile.reason else tile.opens
        self.is_open, self.enabled = not tile.reason, bool(self.opens)
        self.lines = [tile.reason] if tile.reason else self.said(tile)

    def said(self, tile: Tile) -> list[str]:
        """The words below the headline."""
        return [tile.live]


class WideDoor(Door):
    """Large words and a large faint icon."""

    def said(self, tile: Tile) -> list[str]:
        """There is room for two lines."""
        return list(tile.notes) or [tile.live]


class TallDoor(Door):
    """Narrow and high: icon, words, and the line below."""


class SmallDoor(Door):
    """Narrow and low: icon and words in one row, the line below."""


class Doors(OnStage):
    """All doors, in rows without a hole."""

    row_height = NumericProperty(0)     # units

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._made: tuple[tuple[int, ...], type[Door] | None] = ((), None)
        self._doors: list[Door] = []
        super().__init__(stage, **given)

    def show(self, tiles: Sequence[Tile], plan: Plan) -> None:
        """Show these services as planned."""
        self.row_height = plan.high
        kinds = [_kind_of(count, plan.high) for count in plan.rows]
        made = (plan.rows, min(kinds, key=_ORDER.index) if kinds else None)
        if made != self._made:
            self._made = made
            self._build(plan.rows, made[1] or WideDoor)
        for door, tile in zip(self._doors, tiles, strict=True):
            door.show(tile)

    def _build(self, rows: Sequence[int], kind: type[Door]) -> None:
        self.ids.rows.clear_widgets()
        self._doors = [kind() for _place in range(sum(rows))]
        doors = iter(self._doors)
        for count in rows:
            row = DoorRow()
            for door in islice(doors, count):
                door.bind(on_release=partial(self._enter))
                row.add_widget(door)
            self.ids.rows.add_widget(row)

    def _enter(self, door: Door) -> None:
        self.stage.show(door.opens)


class DoorRow(BoxLayout):
    """Doors side by side."""


_ORDER: Final[tuple[type[Door], ...]] = (SmallDoor, TallDoor, WideDoor)


def _kind_of(count: int, high: float) -> type[Door]:
    """The kind that fits a row of so many; all rows take the smallest that any needs."""
    if count <= 2:
        return WideDoor if high >= ROW - 20 else SmallDoor
    return TallDoor if high >= _TALL else SmallDoor
