"""What all rooms together offer outside their own screens."""

from __future__ import annotations

from collections.abc import Sequence

from .glances import Glances
from .offers import Example, Tile
from .room import AnyRoom


class Offered:
    """Asks the rooms, in their order; without glances nobody offers anything."""

    def __init__(self, rooms: Sequence[AnyRoom]) -> None:
        self._rooms = rooms

    def tiles(self, glances: Glances | None) -> list[Tile]:
        """The doors that rooms offer now."""
        return [tile for room in self._rooms for tile in room.tiles(glances)] if glances else []

    def examples(self, glances: Glances | None) -> list[Example]:
        """Codes to try in a demo."""
        return [example for room in self._rooms for example in room.examples(glances)] if glances else []

    def fill(self, note: str, glances: Glances | None) -> str:
        """A poster's words with today's numbers in them."""
        if glances is not None:
            for room in self._rooms:
                note = room.fill(note, glances)
        return note
