"""Looking at the tour's screen: waits until it stands still, and keeps a picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageGrab

from .processes import Crew

_FEWEST_COLOURS: Final = 100    # a blank or half-drawn screen has fewer
_STILL_S: Final = 0.5


class Eye:
    """Numbers the pictures; each must show something, and something else than the one before."""

    def __init__(self, crew: Crew, display: str, out: Path) -> None:
        self._crew = crew
        self._display = display
        self._out = out
        self._count = 0
        self._last: Image.Image | None = None

    def look(self, name: str) -> None:
        """Wait for a new and steady picture and keep it as `NN-name.png`; raises DemoFailed."""
        self._crew.wait_for(f"the screen to change for '{name}'", self._is_new, 15)
        picture = self._steady()
        picture.save(self.next_path(name))
        self._last = picture

    def shows(self, colour: tuple[int, int, int], x: int, y: int) -> bool:
        """Whether a place has nearly this colour."""
        found = self._grab().getpixel((x, y))
        return isinstance(found, tuple) and all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))

    def next_path(self, name: str) -> Path:
        """Where the next picture goes."""
        self._count += 1
        return self._out / f"{self._count:02}-{name}.png"

    def _is_new(self) -> bool:
        picture = self._grab()
        return not _is_blank(picture) and (self._last is None or _differ(picture, self._last))

    def _steady(self) -> Image.Image:
        """A picture of the screen when it has stopped changing, or after a while all the same."""
        deadline = time.monotonic() + 5
        picture = self._grab()
        while time.monotonic() < deadline:
            time.sleep(_STILL_S)
            before, picture = picture, self._grab()
            if not _differ(before, picture):
                break
        return picture

    def _grab(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self._display).convert("RGB")


def _is_blank(picture: Image.Image) -> bool:
    return len(picture.getcolors(picture.width * picture.height) or ()) < _FEWEST_COLOURS


def _differ(one: Image.Image, other: Image.Image) -> bool:
    """Whether much more than a clock or a poster's corner changed."""
    box = ImageChops.difference(one, other).getbbox()
    return box is not None and (box[2] - box[0]) * (box[3] - box[1]) > one.width * one.height // 20
