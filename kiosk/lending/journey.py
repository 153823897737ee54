"""The line of stations a book has been at."""

from __future__ import annotations

from typing import Any, Final

from kivy.graphics import Color, Rectangle, SmoothEllipse
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.ui import fonts
from kiosk.ui.drawing import ground_of
from kiosk.ui.ticks import before_frame
from kiosk.ui.widgets import text_width
from kiosk.ui.words import _, as_written
from kiosk.ui.wrap import shortened

MOST_STOPS: Final = 5
_MOST_SIGNS: Final = 40     # of one name
_DOT: Final = 0.82      # of the letters' size


def shown_stops(stops: list[str], *, ends_here: bool = True, most: int = MOST_STOPS) -> list[str]:
    """So many at most: the first, …, and the latest; the last one may be here."""
    names = [*stops[:-1], _("这里")] if stops and ends_here else list(stops)
    if len(names) > most:
        names = [names[0], "…", *names[-(most - 2):]]
    return [as_written(shortened(name.replace("\n", " "), _MOST_SIGNS)) for name in names]


class Journey(Widget):
    """Dots on a line with the stations' names; if the last is here, it is red."""

    stops = ListProperty([])
    ends_here = BooleanProperty(True)
    font_size = NumericProperty(32)
    hue = ColorProperty("#17795B")
    faint = ColorProperty("#BFDDD0")
    here = ColorProperty("#B5121B")
    ink = ColorProperty("#2A211C")

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._redraw = before_frame(self._draw)
        super().__init__(**given)
        for name in ("pos", "size", "stops", "ends_here", "font_size"):
            self.fbind(name, self._redraw)

    @property
    def words(self) -> str:
        """The names in order."""
        return " ".join(shown_stops(list(self.stops), ends_here=self.ends_here))

    def _fitting(self) -> tuple[list[str], float]:
        """As many names as stand beside each other, and the room each has."""
        names, room = [""], 0.0
        for most in range(MOST_STOPS, 2, -1):
            names = shown_stops(list(self.stops), ends_here=self.ends_here, most=most)
            # The first and the last name stand inside the line's ends and take from their neighbours' room.
            step = (self.width - self.font_size * _DOT) / max(1, len(names) - 1)
            room = (step - self.font_size * 0.4) / (1.5 if len(names) > 2 else 2)
            if all(text_width(name, self.font_size, True) <= room for name in names):
                break
        return names, room

    def _draw(self) -> None:
        names, room = self._fitting()
        while len(self.children) > len(names):
            self.remove_widget(self.children[0])
        while len(self.children) < len(names):
            self.add_widget(Label(font_name=fonts.FAMILY, shorten=True, shorten_from="right"))
        ground = ground_of(self)
        ground.clear()
        if not names:
            return
        dot, last = self.font_size * _DOT, len(names) - 1
        span, y = self.width - dot, self.top - dot
        xs = [self.x + (span * place / last if last else 0) for place in range(len(names))]
        with ground:
            if last:
                Color(*self.faint)
                Rectangle(pos=(self.x + dot / 2, y + dot * 0.4), size=(span, dot * 0.2))
            for place, x in enumerate(xs):
                Color(*(self.here if place == last and self.ends_here else self.hue))
                SmoothEllipse(pos=(x, y), size=(dot, dot))
        for place, (label, x) in enumerate(zip(reversed(self.children), xs, strict=True)):
            side = "left" if place == 0 else "right" if place == last else "center"
            label.text, label.halign, label.font_size = names[place], side, self.font_size
            label.color = self.here if place == last and self.ends_here else self.ink
            label.bold = place == last
            label.size = label.text_size = (room, self.font_size * 1.5)
            left = {"left": x, "right": x + dot - room, "center": x + dot / 2 - room / 2}[side]
            label.pos = (left, y - self.font_size * 1.9)
