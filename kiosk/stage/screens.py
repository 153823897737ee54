"""All screens there are, each made once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .base import KioskScreen, Stage
from .glances import Glances


class Screens:
    """Makes a screen the first time it is wanted, and tells those it has made what is new."""

    def __init__(self, stage: Stage, kinds: Iterable[type[KioskScreen]]) -> None:
        self._stage = stage
        self._kinds: dict[str, type[KioskScreen]] = {}
        self._made: dict[str, KioskScreen] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two screens are called {kind.name}")
            self._kinds[kind.name] = kind

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def get(self, name: str) -> KioskScreen:
        """The screen of this name."""
        if name not in self._made:
            self._made[name] = screen = self._kinds[name](self._stage)
            if self._stage.glances is not None:
                screen.glances_changed(self._stage.glances)
        return self._made[name]

    def make_anew(self) -> None:
        """Each is made again when it is wanted next."""
        self._made.clear()

    def warm_up(self) -> bool:
        """Make one more screen beforehand; False when all are made."""
        missing = [name for name in self._kinds if name not in self._made]
        if missing:
            self.get(missing[0])
        return bool(missing)

    def tell(self, glances: Glances) -> None:
        """These are the newest glances."""
        for screen in self._made.values():
            screen.glances_changed(glances)
