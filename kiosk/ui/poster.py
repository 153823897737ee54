"""The poster on top of the home screen, drawn from words, and the dots that count posters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kivy.graphics import Color, Ellipse, Fbo, Rectangle, SmoothEllipse, SmoothRoundedRectangle
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from .drawing import ground_of
from .theme import PALETTES, rgba
from .ticks import before_frame

ICON_SHARE: Final = 0.14    # of white that the icon and the circles of light add to the ground below the words
LIGHTS: Final = ((0.86, 0.30, 1.5, 0.03), (0.90, 0.22, 1.05, 0.03), (0.06, 1.12, 0.9, 0.03))
NOTE_SHARE: Final = 0.82    # of the width for the small words: further right the ground is too light for them
_GRAIN: Final = 24  # pixels a side of the small picture that is stretched to a gradient


def ground(palette: str, across: float, down: float) -> tuple[float, float, float]:
    """The colour at a place of the gradient, both from 0 to 1: deep at the left, light at the right."""
    deep, light = (rgba(colour)[:3] for colour in PALETTES.get(palette, PALETTES["red"]))
    share = max(0.0, (across * 0.75 + down * 0.25 - 0.3) / 0.7)
    share = share * share * (3 - 2 * share)
    red, green, blue = (a + (b - a) * share for a, b in zip(deep, light, strict=True))
    return red, green, blue


def gradient(palette: str) -> Texture:
    """A small picture of the ground."""
    pixels = bytearray()
    for row in range(_GRAIN):
        for column in range(_GRAIN):
            here = ground(palette, column / (_GRAIN - 1), row / (_GRAIN - 1))
            pixels += bytes(round(255 * part) for part in here)
    texture = Texture.create(size=(_GRAIN, _GRAIN), colorfmt="rgb")
    texture.mag_filter = "linear"
    texture.blit_buffer(bytes(pixels), colorfmt="rgb", bufferfmt="ubyte")
    return texture


class Poster(FloatLayout):
    """Headlines on a warm gradient, with a large faint icon."""

    lines = ListProperty([])
    note = StringProperty("")
    icon = StringProperty("")
    palette = StringProperty("red")
    radius = NumericProperty(44)
    is_tall = BooleanProperty(False)
    count = NumericProperty(1)
    current = NumericProperty(0)

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        self._gradients: dict[str, Texture] = {}
        self._canvas = Fbo(size=(1, 1))
        super().__init__(**given)
        for name in ("pos", "size", "palette", "radius"):
            self.fbind(name, self._redraw)
        self._redraw()

    def show(self, lines: Sequence[str], note: str, icon: str, palette: str) -> None:
        """Show one poster."""
        self.lines, self.note, self.icon, self.palette = list(lines), note, icon, palette

    def _draw(self) -> None:
        if self.palette not in self._gradients:
            self._gradients[self.palette] = gradient(self.palette)
        canvas = ground_of(self)
        canvas.clear()
        with canvas:
            Color(1, 1, 1, 1)
            SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[self.radius], texture=self._picture())

    def _picture(self) -> Texture:
        """Gradient and lights painted once, so that each frame lays down one picture and not five."""
        wide, high = max(1, int(self.width)), max(1, int(self.height))
        if self._canvas.size != (wide, high):
            self._canvas.size = wide, high
        self._canvas.clear()
        with self._canvas:
            Color(1, 1, 1, 1)
            Rectangle(size=(wide, high), texture=self._gradients[self.palette])
            for across, up, size, strength in LIGHTS:
                Color(1, 1, 1, strength)
                disc = high * size
                Ellipse(pos=(wide * across - disc / 2, high * up - disc / 2), size=(disc, disc))
        self._canvas.draw()
        return self._canvas.texture


class Dots(FloatLayout):
    """Which poster of how many; the current one is a bar."""

    count = NumericProperty(1)
    current = NumericProperty(0)

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        super().__init__(**given)
        for name in ("pos", "size", "count", "current"):
            self.fbind(name, self._redraw)

    def _draw(self) -> None:
        canvas = ground_of(self)
        canvas.clear()
        if self.count < 2:
            return
        side = self.height
        x = self.x
        with canvas:
            for place in range(int(self.count)):
                here = place == self.current
                Color(1, 1, 1, 1.0 if here else 0.5)
                wide = side * 3 if here else side
                if here:
                    SmoothRoundedRectangle(pos=(x, self.y), size=(wide, side), radius=[side / 2])
                else:
                    SmoothEllipse(pos=(x, self.y), size=(side, side))
                x += wide + side
