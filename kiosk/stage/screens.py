"""All screens there are, each made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .base import KioskScreen, Stage
from .glances import Glances
from .room import AnyRoom


class Screens:
    """Makes a screen when it is wanted or soon may be, and tells those it has made what is new."""

    def __init__(self, stage: Stage, rooms: Sequence[AnyRoom], own: Sequence[type[KioskScreen]]) -> None:
        self._stage = stage
        self._kinds: dict[str, type[KioskScreen]] = {}
        self._beside: dict[str, list[str]] = {}     # all screens of its room
        self._made: dict[str, KioskScreen] = {}
        self._next: list[str] = []      # may be wanted soon
        for room in rooms:
            self._add(room.screens, room.screens if room.at_hand is None else room.at_hand)
        self._add(own, own)

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def get(self, name: str) -> KioskScreen:
        """The screen of this name; from here the others of its room are not far."""
        self._next += [other for other in self._beside[name] if other not in self._made]
        return self._made.get(name) or self._make(name)

    def make_anew(self) -> None:
        """Each is made again when it is wanted next."""
        self._made.clear()

    def warm_up(self) -> None:
        """Make one more screen beforehand, so that nobody's tap waits for all of them."""
        while self._next:
            name = self._next.pop(0)
            if name not in self._made:
                self._make(name)
                return

    def tell(self, glances: Glances) -> None:
        """These are the newest glances."""
        for screen in self._made.values():
            screen.glances_changed(glances)

    def _add(self, kinds: Sequence[type[KioskScreen]], at_hand: Sequence[type[KioskScreen]]) -> None:
        names = [kind.name for kind in kinds]
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two screens are called {kind.name}")
            self._kinds[kind.name], self._beside[kind.name] = kind, names
        self._next += [kind.name for kind in at_hand]

    def _make(self, name: str) -> KioskScreen:
        self._made[name] = screen = self._kinds[name](self._stage)
        if self._stage.glances is not None:
            screen.glances_changed(self._stage.glances)
        return screen
