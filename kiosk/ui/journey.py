"""The line of stations a book has been at."""

from __future__ import annotations

from typing import Any, Final

from kivy.graphics import Color, Rectangle, SmoothEllipse
from kivy.properties import ColorProperty, ListProperty, NumericProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from . import fonts
from .drawing import ground_of
from .ticks import before_frame
from .words import _

MOST_STOPS: Final = 5


def shown_stops(stops: list[str]) -> list[str]:
    """At most five: the first, …, and the latest; the last one is here."""
    names = [*stops[:-1], _("这里")] if stops else []
    if len(names) > MOST_STOPS:
        names = [names[0], "…", *names[-(MOST_STOPS - 2):]]
    return names


class Journey(Widget):
    """Dots on a line with the stations' names; the last is here, in red."""

    stops = ListProperty([])
    font_size = NumericProperty(32)
    hue = ColorProperty("#17795B")
    faint = ColorProperty("#BFDDD0")
    here = ColorProperty("#B5121B")
    ink = ColorProperty("#2A211C")

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        super().__init__(**given)
        for name in ("pos", "size", "stops", "font_size"):
            self.fbind(name, self._redraw)

    @property
    def words(self) -> str:
        """The names in order."""
        return " ".join(shown_stops(list(self.stops)))

    def _draw(self) -> None:
        names = shown_stops(list(self.stops))
        while len(self.children) > len(names):
            self.remove_widget(self.children[0])
        while len(self.children) < len(names):
            self.add_widget(Label(font_name=fonts.FAMILY, shorten=True, shorten_from="right"))
        ground = ground_of(self)
        ground.clear()
        if not names:
            return
        dot, last = self.font_size * 0.82, len(names) - 1
        span, y = self.width - dot, self.top - dot
        xs = [self.x + (span * place / last if last else 0) for place in range(len(names))]
        with ground:
            if last:
                Color(*self.faint)
                Rectangle(pos=(self.x + dot / 2, y + dot * 0.4), size=(span, dot * 0.2))
            for place, x in enumerate(xs):
                Color(*(self.here if place == last else self.hue))
                SmoothEllipse(pos=(x, y), size=(dot, dot))
        room = self.width / max(1, len(names)) - dot * 0.3
        for place, (label, x) in enumerate(zip(reversed(self.children), xs, strict=True)):
            side = "left" if place == 0 else "right" if place == last else "center"
            label.text, label.halign, label.font_size = names[place], side, self.font_size
            label.color = self.here if place == last else self.ink
            label.bold = place == last
            label.size = label.text_size = (room, self.font_size * 1.5)
            left = {"left": x, "right": x + dot - room, "center": x + dot / 2 - room / 2}[side]
            label.pos = (left, y - self.font_size * 1.9)
