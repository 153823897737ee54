"""The kit every screen is built of; its looks are in widgets.kv."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget
from kivy.utils import escape_markup

from . import fonts
from .ticks import Tick, before_frame, every
from .words import HEAVY, LIGHT, Marked, as_written
from .wrap import Break, balanced, bare, fit, wrap

_RULER_SIZE = 76
_TURN_S = 1 / 20
_BOUNCE_S = 0.03    # some panels report one tap twice within this time
_loaded: set[Path] = set()


def load_kv(path: Path) -> None:
    """Load a .kv file once."""
    if path not in _loaded:
        _loaded.add(path)
        Builder.load_string(path.read_text(encoding="utf-8"), filename=str(path))


@lru_cache(maxsize=2)
def _ruler(bold: bool) -> Any:  # Kivy makes this class at run time  # noqa: ANN401
    # Every size of a face costs some megabytes, so all are measured in one.
    return CoreLabel(font_name=fonts.FAMILY, font_size=_RULER_SIZE, bold=bold)


@lru_cache(maxsize=4096)
def _ruled(text: str, bold: bool) -> float:
    return float(_ruler(bold).get_extents(text)[0])


def text_width(text: str, size: float, bold: bool) -> float:
    """How many pixels wide the text is in our face."""
    return _ruled(text, bold) * size / _RULER_SIZE


class Fitting(Label):
    """Words that keep to their room: smaller down to a floor, then in `most` lines, then with an ellipsis."""

    sizes = ListProperty([])        # in pixels, largest first; the last is its floor
    most = NumericProperty(0)
    lines = ListProperty([])        # as drawn
    drawn_size = NumericProperty(0)

    def fit_into(self, words: str, room: float, breaking: Break = wrap) -> list[str]:
        """Lay these words out in so many pixels; the lines with their marks of weight."""
        heavy = self.bold or isinstance(words, Marked)
        sizes = [round(size) for size in self.sizes or [self.font_size]]
        lines, self.drawn_size = fit(
            words, room, sizes, lambda part, size: text_width(part, size, heavy), most=int(self.most), breaking=breaking
        )
        self.lines = [bare(line) for line in lines]
        return lines

    def texture_update(self, *_given: object) -> None:
        """Draw it as large as it fits, which is not always as large as it is meant to be."""
        core: Any = self._label     # Kivy's own, that draws the letters
        core.options["font_size"] = self.drawn_size or self.font_size
        super().texture_update()


class Text(Fitting):
    """Words that break lines as Chinese does, as high as they need."""

    words = StringProperty("")
    balance = BooleanProperty(False)

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._rewrap = before_frame(self._wrap)
        super().__init__(**given)
        for name in ("words", "width", "font_size", "sizes", "bold", "most", "balance"):
            self.fbind(name, self._rewrap)
        self._rewrap()

    def _wrap(self) -> None:
        words = as_written(self.words)
        text = "\n".join(self.fit_into(words, self.width * 0.99 - 2, balanced if self.balance else wrap))
        self.markup = isinstance(words, Marked)
        self.text = _markup(text) if self.markup else text
        self._trigger_texture()


class Word(Fitting):
    """Words exactly as wide as they are, and no wider than their `room` if they have one."""

    room = NumericProperty(0)
    balance = BooleanProperty(False)

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(**given)
        for name in ("room", "sizes", "most", "balance"):
            self.fbind(name, self._trigger_texture)

    @property
    def words(self) -> str:
        """What it says."""
        return self.text

    def texture_update(self, *_given: object) -> None:
        """Draw what there is room for."""
        self.fit_into(as_written(self.text), self.room or math.inf, balanced if self.balance else wrap)
        core: Any = self._label
        core.text = "\n".join(self.lines)
        super().texture_update()


def _markup(text: str) -> str:
    """Kivy's own marks: ours for weight, and every other sign as it is."""
    return escape_markup(text).replace(HEAVY, "[b]").replace(LIGHT, "[/b]")


class Icon(Label):
    """A picture from the icon face, by name."""

    icon = StringProperty("")

    def on_icon(self, _widget: Icon, name: str) -> None:
        """Look the character up."""
        self.text = fonts.glyph(name) if name else ""


class Card(BoxLayout):
    """A white card with a fine warm border."""

    fill = ColorProperty("#FFFFFF")
    line = ColorProperty("#EADFCF")
    line_width = NumericProperty(2)
    radius = NumericProperty(40)


class Tap(ButtonBehavior, BoxLayout):  # pyright: ignore[reportIncompatibleMethodOverride]  # Kivy's own two bases differ
    """What can be tapped; a panel's double report of one tap counts once."""

    text = StringProperty("")
    icon = StringProperty("")
    enabled = BooleanProperty(True)
    fill = ColorProperty("#FFFFFF")
    line = ColorProperty("#EADFCF")
    line_width = NumericProperty(2)
    radius = NumericProperty(36)
    ink = ColorProperty("#2A211C")
    _released_at = -1.0

    def on_touch_down(self, touch: object) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # as ButtonBehavior
        """Take the touch unless it is the echo of the last one."""
        if not self.enabled or Clock.get_boottime() - self._released_at < _BOUNCE_S:
            return False
        return bool(super().on_touch_down(touch))

    def on_release(self) -> None:
        """Remember when, to know an echo."""
        self._released_at = Clock.get_boottime()

    def do_tap(self) -> None:
        """Tap it from a program, as a finger would."""
        if self.enabled:
            self.dispatch("on_press")
            self.dispatch("on_release")


class BigButton(Tap):
    """A wide button: `primary` is filled with its hue, `secondary` has an edge."""

    kind = OptionProperty("primary", options=("primary", "secondary"))
    hue = ColorProperty("#17795B")
    seconds = NumericProperty(-1)   # shown as 完成 (5) while it counts down

    @property
    def words(self) -> str:
        """What it says, with its countdown."""
        return f"{self.text} ({int(self.seconds)})" if self.seconds >= 0 else self.text


class IconLine(BoxLayout):
    """A small icon with words beside it: a hint."""

    icon = StringProperty("")
    text = StringProperty("")
    ink = ColorProperty("#6B5D54")


class Chip(BoxLayout):
    """A rounded note in the top bar: state in colour, icon and words."""

    icon = StringProperty("")
    text = StringProperty("")
    room = NumericProperty(0)
    ink = ColorProperty("#17795B")


class Badge(Widget):
    """A filled circle with an icon: the sign of a result."""

    icon = StringProperty("check")
    hue = ColorProperty("#17795B")


class Note(BoxLayout):
    """A tinted box with what matters in it."""

    text = StringProperty("")
    icon = StringProperty("")
    fill = ColorProperty("#E8F3EE")
    ink = ColorProperty("#2A211C")


class Waiting(FloatLayout):
    """Turns while something takes long; stands still, and costs nothing, when hidden."""

    angle = NumericProperty(0)
    text = StringProperty("")
    _turning: Tick | None = None

    def start(self) -> None:
        """Begin to turn."""
        self.stop()
        self._turning = every(self._turn, _TURN_S)

    def stop(self) -> None:
        """Stand still."""
        if self._turning is not None:
            self._turning.cancel()
            self._turning = None

    def _turn(self) -> None:
        self.angle = (self.angle - 300 * _TURN_S) % 360
