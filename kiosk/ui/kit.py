"""Loads the whole kit, so that .kv files may name its widgets."""

from __future__ import annotations

from pathlib import Path

from . import bars, frame, poster
from .widgets import load_kv

_HERE = Path(__file__).parent
PARTS = (bars.TopBar, frame.Frame, poster.Poster)


def load_kit() -> None:
    """Load the kit's looks; call once there is a theme."""
    for name in ("widgets.kv", "bars.kv", "poster.kv", "frame.kv"):
        load_kv(_HERE / name)
