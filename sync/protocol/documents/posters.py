"""What the home screen shows at its top."""

from __future__ import annotations

from typing import ClassVar, Literal

from .base import Blob, Document


class Poster(Document, frozen=True, kw_only=True):
    """A poster for the top of the home screen, drawn from words; key: any."""

    type: ClassVar[str] = "poster"
    poster: str
    lines: tuple[str, ...]          # one or two headlines
    note: str = ""                  # `{visits}` becomes today's count
    palette: Literal["red", "green", "blue", "ochre", "plum"] = "red"
    icon: str = ""
    order: int = 0
    blobs: tuple[Blob, ...] = ()    # the picture, if there is one
