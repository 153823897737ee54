"""Book covers drawn from what the office publishes of a title; no picture file is needed.

`Title.cover` is `COLOUR-DESIGN` (`navy-band`); empty or unknown, both follow from class and ISBN.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

from kivy.graphics import (
    Color,
    Ellipse,
    Line,
    Rectangle,
    SmoothRoundedRectangle,
    StencilPop,
    StencilPush,
    StencilUnUse,
    StencilUse,
)
from kivy.properties import StringProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.ui import fonts
from kiosk.ui.drawing import ground_of
from kiosk.ui.theme import rgba
from kiosk.ui.ticks import before_frame
from kiosk.ui.widgets import text_width
from kiosk.ui.words import as_written
from kiosk.ui.wrap import balanced, shortened

COLOURS: Final[dict[str, tuple[str, str, str]]] = {     # ground, accent, letters
    "navy": ("#22365C", "#D9A94E", "#FFFFFF"),
    "forest": ("#1F5A47", "#C9B873", "#FFFFFF"),
    "brick": ("#9A3324", "#F0B98D", "#FFFFFF"),
    "ochre": ("#8F5B12", "#F6DDA4", "#FFFFFF"),
    "plum": ("#5B2F63", "#DE9CC0", "#FFFFFF"),
    "teal": ("#17606B", "#9BD5CB", "#FFFFFF"),
    "slate": ("#39434F", "#9DB4C8", "#FFFFFF"),
    "sand": ("#EBDDBF", "#A63A2A", "#2A211C"),
    "mist": ("#DCE5E6", "#2D6A78", "#22333A"),
    "rose": ("#F1D6CF", "#8C2F3D", "#3A1F22"),
}
DESIGNS: Final = ("band", "sun", "hills", "waves", "frame", "arcs", "blocks", "lines")
_FAMILY_OF_CLASS: Final = {     # what kind of book it is sets the colours it may have
    "I": ("navy", "brick", "sand", "teal", "plum", "rose", "forest"),
    "T": ("slate", "teal", "mist"),
    "K": ("ochre", "brick", "sand"),
    "R": ("mist", "forest", "teal"),
    "D": ("brick", "navy"),
}


_MOST_SIGNS: Final = 120    # of a title or its author: more than a cover has room for


def design_of(cover: str, clc: str, isbn: str) -> tuple[str, str]:
    """Colour and design of a cover; always the same for the same book."""
    colour, _dash, design = cover.partition("-")
    seed = zlib.crc32(f"{isbn}/{clc}".encode())
    if colour not in COLOURS:
        family = _FAMILY_OF_CLASS.get(clc[:1], tuple(COLOURS))
        colour = family[seed % len(family)]
    if design not in DESIGNS:
        design = DESIGNS[seed // 16 % len(DESIGNS)]
    return colour, design


def headline(title: str) -> tuple[str, str]:
    """A title without its bracketed part, and that part: 平凡的世界, 全三部."""
    found = re.fullmatch(r"(.+?)[（(](.+)[)）]", title)
    return (found[1], found[2]) if found else (title, "")


def _step(size: float) -> int:
    """The next smaller of a few sizes: each costs memory."""
    return max((step for step in (10, 14, 20, 28, 42) if step <= size), default=10)


class Cover(Widget):
    """One drawn cover; any size, best at 5 : 7."""

    title = StringProperty("")
    author = StringProperty("")
    clc = StringProperty("")
    isbn = StringProperty("")
    cover = StringProperty("")

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        super().__init__(**given)
        self._name = Label(font_name=fonts.FAMILY, bold=True, halign="left", valign="top", line_height=0.94)
        self._by = Label(font_name=fonts.FAMILY, halign="left", valign="bottom")
        self.add_widget(self._name)
        self.add_widget(self._by)
        for name in ("pos", "size", "title", "author", "clc", "isbn", "cover"):
            self.fbind(name, self._redraw)
        self._redraw()

    def _draw(self) -> None:
        ground = ground_of(self)
        ground.clear()
        if self.width < 8 or not (self.title or self.isbn):
            self._name.text = self._by.text = ""
            return
        colour, design = design_of(self.cover, self.clc, self.isbn)
        paper, accent, letters = COLOURS[colour]
        radius = [self.width * 0.045]
        with ground:
            Color(0.16, 0.12, 0.10, 0.16)
            shadow = self.width * 0.022
            SmoothRoundedRectangle(pos=(self.x + shadow, self.y - shadow), size=self.size, radius=radius)
            # Inside a stencil only plain shapes: the smooth ones draw their edge through it.
            StencilPush()
            SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=radius)
            StencilUse()
            Color(*rgba(paper))
            Rectangle(pos=self.pos, size=self.size)
            _PAINT[design](self, accent)
            Color(0, 0, 0, 0.14)
            Rectangle(pos=self.pos, size=(self.width * 0.045, self.height))
            Color(1, 1, 1, 0.10)
            Rectangle(pos=(self.x + self.width * 0.045, self.y), size=(self.width * 0.012, self.height))
            StencilUnUse()
            SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=radius)
            StencilPop()
        self._write(letters, inset=0.2 if design == "frame" else 0.14)

    def _write(self, letters: str, inset: float) -> None:
        wide = self.width * (1 - inset - (0.18 if inset > 0.15 else 0.07))
        main, part = headline(as_written(shortened(self.title, _MOST_SIGNS)))
        size, lines = 10, [main]
        for share in (0.205, 0.175, 0.15, 0.125, 0.105, 0.09):
            size = _step(self.width * share)
            lines = balanced(main, wide, lambda text, s=size: text_width(text, s, True), 5)
            if len(lines) <= (2 if share > 0.14 else 3 if share > 0.1 else 4):
                break
        self._name.font_size = size
        self._name.text = "\n".join(lines)
        self._name.color = rgba(letters)
        self._name.text_size = self._name.size = (wide + 4, self.height * 0.6)
        down = self.height * (0.11 if inset > 0.15 else 0.08)
        self._name.pos = (self.x + self.width * inset, self.top - down - self._name.height)
        small = _step(self.width * 0.12)
        # [英] is for the shelf mark, not for a cover.
        author = re.sub(r"^\[[^]]*\]\s*", "", as_written(shortened(self.author, _MOST_SIGNS)))
        below = balanced("\n".join(filter(None, (part, author))), wide,
                         lambda text: text_width(text, small, False), 2)
        self._by.font_size = small
        self._by.text = "\n".join(below)
        self._by.color = rgba(letters, 0.86)
        self._by.text_size = self._by.size = (wide + 4, self.height * 0.3)
        self._by.pos = (self.x + self.width * inset, self.y + self.height * (0.1 if inset > 0.15 else 0.06))


def _band(page: Cover, accent: str) -> None:
    Color(*rgba(accent))
    Rectangle(pos=(page.x, page.y + page.height * 0.34), size=(page.width, page.height * 0.035))
    Color(*rgba(accent, 0.45))
    Rectangle(pos=(page.x, page.y + page.height * 0.31), size=(page.width, page.height * 0.012))
    Color(0, 0, 0, 0.16)
    Rectangle(pos=page.pos, size=(page.width, page.height * 0.31))


def _sun(page: Cover, accent: str) -> None:
    wide = page.width * 0.62
    Color(*rgba(accent, 0.28))
    Ellipse(pos=(page.x + page.width * 0.46, page.y + page.height * 0.13), size=(wide * 1.16, wide * 1.16))
    Color(*rgba(accent, 0.92))
    Ellipse(pos=(page.x + page.width * 0.53, page.y + page.height * 0.18), size=(wide, wide))
    Color(0, 0, 0, 0.18)
    Rectangle(pos=page.pos, size=(page.width, page.height * 0.22))


def _hills(page: Cover, accent: str) -> None:
    for left, low, wide, strength in ((-0.35, -0.16, 1.1, 0.35), (0.3, -0.3, 1.2, 0.6), (-0.5, -0.52, 1.5, 0.9)):
        Color(*rgba(accent, strength))
        Ellipse(
            pos=(page.x + page.width * left, page.y + page.height * low),
            size=(page.width * wide, page.height * 0.62),
        )
    Color(0, 0, 0, 0.28)
    Rectangle(pos=page.pos, size=(page.width, page.height * 0.2))


def _waves(page: Cover, accent: str) -> None:
    step = page.width / 4
    for row in range(4):
        for column in range(-1, 6):
            x = page.x + (column + (row % 2) / 2) * step
            y = page.y + (3 - row) * step * 0.36 - step * 0.2
            for ring, strength in ((0.5, 1.0), (0.36, 0.0), (0.24, 1.0)):
                Color(*(rgba(accent, 0.9) if strength else rgba(_ground(page))))
                Ellipse(pos=(x - step * ring, y - step * ring), size=(step * ring * 2, step * ring * 2))
    Color(0, 0, 0, 0.34)
    Rectangle(pos=page.pos, size=(page.width, page.height * 0.2))


def _ground(page: Cover) -> str:
    return COLOURS[design_of(page.cover, page.clc, page.isbn)[0]][0]


def _frame(page: Cover, accent: str) -> None:
    for inset, thick in ((0.085, 0.007), (0.115, 0.0035)):
        gap = page.width * inset
        Color(*rgba(accent))
        Line(
            rectangle=(
                page.x + gap + page.width * 0.03, page.y + gap, page.width * 0.97 - 2 * gap, page.height - 2 * gap
            ),
            width=max(1, page.width * thick),
        )


def _arcs(page: Cover, accent: str) -> None:
    for ring in range(6, 0, -1):
        radius = page.width * 0.15 * ring
        Color(*rgba(accent, 0.16 + 0.10 * (6 - ring)))
        Ellipse(pos=(page.right - radius, page.y - radius * 0.9), size=(radius * 2, radius * 2))


def _blocks(page: Cover, accent: str) -> None:
    seed = zlib.crc32(page.isbn.encode())
    side = page.width / 6
    for place in range(18):
        column, row = place % 6, place // 6
        strength = ((seed >> place) & 3) / 3
        Color(*rgba(accent, 0.12 + 0.78 * strength))
        Rectangle(pos=(page.x + column * side, page.y + row * side), size=(side, side))
    Color(0, 0, 0, 0.30)
    Rectangle(pos=page.pos, size=(page.width, page.height * 0.2))


def _lines(page: Cover, accent: str) -> None:
    for row in range(9):
        Color(*rgba(accent, 0.95 - row * 0.09))
        Rectangle(
            pos=(page.x + page.width * (0.14 + 0.07 * row), page.y + page.height * (0.33 + 0.024 * row)),
            size=(page.width, max(1, page.height * 0.010)),
        )


_PAINT: Final = {
    "band": _band, "sun": _sun, "hills": _hills, "waves": _waves,
    "frame": _frame, "arcs": _arcs, "blocks": _blocks, "lines": _lines,
}
