"""What the home screen shows of its own: the office's posters."""

from __future__ import annotations

import msgspec

from sync.protocol.documents import Poster
from sync.station.store import Store


class PosterGlance(msgspec.Struct, frozen=True):
    """Posters in the office's order."""

    posters: tuple[Poster, ...] = ()


class PosterService:
    """Knows the posters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def glance(self) -> PosterGlance:
        """The posters as of now."""
        posters = sorted(self._store.documents.all(Poster), key=lambda poster: (poster.order, poster.poster))
        return PosterGlance(tuple(posters))
