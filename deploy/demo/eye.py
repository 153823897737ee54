"""Looking at the tour's screen: waits until it stands still and bears the words it must, and keeps a picture."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageGrab

from .processes import Crew, DemoFailed
from .words import _

_STILL_S: Final = 0.5
_WORDS_S: Final = 20.0
_INK: Final = 60        # of 255, between the lightest and the darkest of words that can be read


class Seen(NamedTuple):
    """Words that a window claims to show, and where: left, top, right, bottom."""

    words: str
    box: tuple[int, int, int, int]


class Eye:
    """Numbers the pictures; each must show its words, and something else than the one before."""

    def __init__(self, crew: Crew, display: str, words: Path, out: Path) -> None:
        self._crew = crew
        self._display = display
        self._words = words
        self._out = out
        self._count = 0
        self._last: Image.Image | None = None

    def look(self, name: str, *wanted: str) -> None:
        """Wait for a new and steady picture with these words and keep it as `NN-name.png`; raises DemoFailed."""
        path = self.next_path(name)
        try:
            changed = _("the screen to change for '{name}'").format(name=name)
            self._crew.wait_for(changed, self._is_new, _WORDS_S)
            shown = _("{words} on the screen").format(words="、".join(wanted))
            self._crew.wait_for(shown, lambda: not self._missing(wanted), _WORDS_S)
        except DemoFailed as fault:
            self._grab().save(path)
            lost = "、".join(self._missing(wanted)) or _("nothing")
            raise DemoFailed(f"{fault}\n" + _lacks(path, lost)) from fault
        self._last = self._steady_with(wanted)
        self._last.save(path)
        lost = missing(wanted, self._shown(), self._last)
        if lost:
            raise DemoFailed(_lacks(path, "、".join(lost)))

    def _steady_with(self, wanted: Sequence[str]) -> Image.Image:
        """A steady picture with these words; after a while the last one all the same."""
        deadline = time.monotonic() + _WORDS_S
        while True:
            picture = self._steady()
            if not missing(wanted, self._shown(), picture) or time.monotonic() > deadline:
                return picture

    def shows(self, colour: tuple[int, int, int], x: int, y: int) -> bool:
        """Whether a place has nearly this colour."""
        found = self._grab().getpixel((x, y))
        return isinstance(found, tuple) and all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))

    def place_of(self, words: str) -> tuple[int, int]:
        """The middle of the first words that are just these; raises DemoFailed."""
        for seen in self._shown():
            if _flat(seen.words) == _flat(words):
                left, top, right, bottom = seen.box
                return (left + right) // 2, (top + bottom) // 2
        raise DemoFailed(_("nowhere on the screen: {words}").format(words=words))

    def next_path(self, name: str) -> Path:
        """Where the next picture goes."""
        self._count += 1
        return self._out / f"{self._count:02}-{name}.png"

    def _missing(self, wanted: Sequence[str]) -> list[str]:
        return missing(wanted, self._shown(), self._grab())

    def _shown(self) -> list[Seen]:
        try:
            return [Seen(words, tuple(box)) for words, box in json.loads(self._words.read_text("utf-8"))]
        except FileNotFoundError:
            return []

    def _is_new(self) -> bool:
        return self._last is None or _differ(self._grab(), self._last)

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


def missing(wanted: Sequence[str], shown: Sequence[Seen], picture: Image.Image) -> list[str]:
    """Which of these words no label bears, or only where the picture has nothing to read."""
    inked = [one for one in shown if _has_ink(picture, one.box)]
    return [words for words in wanted if not any(_flat(words) in _flat(one.words) for one in inked)]


def _flat(words: str) -> str:
    return "".join(words.split())


def _has_ink(picture: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether something dark stands on something light there, or the other way round."""
    left, top, right, bottom = max(0, box[0]), max(0, box[1]), min(picture.width, box[2]), min(picture.height, box[3])
    if left >= right or top >= bottom:
        return False
    darkest, lightest = picture.crop((left, top, right, bottom)).convert("L").getextrema()
    return float(lightest) - float(darkest) >= _INK     # pyright: ignore[reportArgumentType]  # of one band: numbers


def _differ(one: Image.Image, other: Image.Image) -> bool:
    """Whether much more than a clock or a poster's corner changed."""
    box = ImageChops.difference(one, other).getbbox()
    return box is not None and (box[2] - box[0]) * (box[3] - box[1]) > one.width * one.height // 20


def _lacks(path: Path, lost: str) -> str:
    return _("'{picture}' lacks: {words}").format(picture=path.name, words=lost)
