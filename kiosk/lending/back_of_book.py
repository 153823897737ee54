"""A drawing: the back of a book, its label, and the light of the scanner on it."""

from __future__ import annotations

from typing import Any, Final

from kivy.graphics import Color, Mesh, Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.properties import StringProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.ui import fonts
from kiosk.ui.drawing import ground_of
from kiosk.ui.theme import rgba
from kiosk.ui.ticks import before_frame

_BARS: Final = "1011001011101001101000110101110010110010001101"


class BackOfBook(Widget):
    """Stands still: nothing here is animated."""

    example = StringProperty("YZ 0004217-2")

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        super().__init__(**given)
        self._words = Label(font_name=fonts.FAMILY, bold=True, color=rgba("#2A211C"))
        self.add_widget(self._words)
        for name in ("pos", "size"):
            self.fbind(name, self._redraw)
        self._redraw()

    def _draw(self) -> None:
        ground = ground_of(self)
        ground.clear()
        tall = self.height
        wide = tall * 0.72
        x, y = self.center_x - wide * 0.86, self.y
        label = (x + wide * 0.14, y + tall * 0.12, wide * 0.72, tall * 0.30)
        eye = (self.center_x + wide * 0.92, y + tall * 0.40)
        with ground:
            Color(*rgba("#2A211C", 0.10))
            SmoothRoundedRectangle(pos=(x + tall * 0.02, y - tall * 0.02), size=(wide, tall), radius=[tall * 0.03])
            Color(*rgba("#17795B"))
            SmoothRoundedRectangle(pos=(x, y), size=(wide, tall), radius=[tall * 0.03])
            Color(1, 1, 1, 0.16)
            Rectangle(pos=(x + wide * 0.94, y), size=(wide * 0.02, tall))
            for row, share in enumerate((0.62, 0.7, 0.5, 0.66)):
                Color(1, 1, 1, 0.32)
                SmoothRoundedRectangle(
                    pos=(x + wide * 0.14, y + tall * (0.84 - row * 0.075)),
                    size=(wide * share, tall * 0.026), radius=[tall * 0.013],
                )
            Color(*rgba("#E04A3A", 0.20))
            Mesh(
                vertices=[eye[0], eye[1], 0, 0, label[0], label[1] + label[3] * 0.98, 0, 0,
                          label[0], label[1] + label[3] * 0.42, 0, 0],
                indices=[0, 1, 2], mode="triangles",
            )
            Color(1, 1, 1, 1)
            SmoothRoundedRectangle(pos=label[:2], size=label[2:], radius=[tall * 0.022])
            self._bars(*label)
            Color(*rgba("#E04A3A"))
            beam = label[1] + label[3] * 0.64
            ends = [label[0] - wide * 0.03, beam, label[0] + label[2] + wide * 0.03, beam]
            SmoothLine(points=ends, width=max(1.2, tall * 0.006))
            self._scanner(*eye, tall)
        self._words.text = self.example
        self._words.font_size = round(tall * 0.058)
        self._words.size = (label[2], tall * 0.09)
        self._words.pos = (label[0], label[1] + tall * 0.008)

    @staticmethod
    def _bars(x: float, y: float, wide: float, tall: float) -> None:
        Color(*rgba("#2A211C"))
        step = wide * 0.84 / len(_BARS)
        for place, bar in enumerate(_BARS):
            if bar == "1":
                Rectangle(pos=(x + wide * 0.08 + place * step, y + tall * 0.36), size=(step, tall * 0.52))

    @staticmethod
    def _scanner(x: float, y: float, tall: float) -> None:
        Color(*rgba("#4E453F"))
        _box(x - tall * 0.05, y - tall * 0.11, tall * 0.40, tall * 0.22, tall * 0.06)
        Color(*rgba("#2A211C"))
        _box(x + tall * 0.17, y - tall * 0.36, tall * 0.13, tall * 0.30, tall * 0.05)
        Color(*rgba("#E04A3A"))
        _box(x - tall * 0.05, y - tall * 0.055, tall * 0.035, tall * 0.11, tall * 0.016)


def _box(x: float, y: float, wide: float, tall: float, radius: float) -> None:
    SmoothRoundedRectangle(pos=(x, y), size=(wide, tall), radius=[radius])
