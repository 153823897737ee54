"""The poster on top of the home screen, drawn from words, and the dots that count posters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kivy.graphics import Color, Ellipse, Fbo, Rectangle, SmoothEllipse, SmoothRoundedRectangle
from kivy.graphics.texture import Texture
from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from .drawing import ground_of
from .theme import PALETTES, rgba
from .ticks import before_frame

_LIGHTS: Final = ((0.86, 0.30, 1.5, 0.07), (0.90, 0.22, 1.05, 0.08), (0.06, 1.12, 0.9, 0.05))
_GRAIN: Final = 24  # pixels a side of the small picture that is stretched to a gradient


def gradient(palette: str) -> Texture:
    """A small diagonal gradient from the palette's deep to its light colour."""
    deep, light = (rgba(colour) for colour in PALETTES.get(palette, PALETTES["red"]))
    pixels = bytearray()
    for row in range(_GRAIN):
        for column in range(_GRAIN):
            share = (column * 1.8 + (_GRAIN - row) * 0.6) / (_GRAIN * 2.4)
            share = share * share * (3 - 2 * share)
            pixels += bytes(round(255 * (a + (b - a) * share)) for a, b in zip(deep[:3], light[:3], strict=True))
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
    ems = NumericProperty(1)    # width of the longest line in characters
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
        self.ems = max((sum(0.6 if sign.isascii() else 1.0 for sign in line) for line in lines), default=1)
        self.lines, self.note, self.icon, self.palette = list(lines), note, icon, palette

    def _draw(self) -> None:
        if self.palette not in self._gradients:
            self._gradients[self.palette] = gradient(self.palette)
        ground = ground_of(self)
        ground.clear()
        with ground:
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
            for across, up, size, strength in _LIGHTS:
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
        ground = ground_of(self)
        ground.clear()
        if self.count < 2:
            return
        side = self.height
        x = self.x
        with ground:
            for place in range(int(self.count)):
                here = place == self.current
                Color(1, 1, 1, 1.0 if here else 0.5)
                wide = side * 3 if here else side
                if here:
                    SmoothRoundedRectangle(pos=(x, self.y), size=(wide, side), radius=[side / 2])
                else:
                    SmoothEllipse(pos=(x, self.y), size=(side, side))
                x += wide + side
