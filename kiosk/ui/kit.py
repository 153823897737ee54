"""Loads the whole kit, so that .kv files may name its widgets."""

from __future__ import annotations

from pathlib import Path

from . import back_of_book, bars, cover, frame, journey, poster
from .widgets import load_kv

_HERE = Path(__file__).parent
PARTS = (back_of_book.BackOfBook, bars.TopBar, cover.Cover, frame.Frame, journey.Journey, poster.Poster)


def load_kit() -> None:
    """Load the kit's looks; call once there is a theme."""
    for name in ("widgets.kv", "bars.kv", "pictures.kv", "frame.kv"):
        load_kv(_HERE / name)
