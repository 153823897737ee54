"""Colours and sizes, all bound: changing a property redraws what uses it.

One design unit `u` is a pixel of the 1080-wide portrait drawing (or of the 1080-high landscape one).
Texts use `sp`, which also grows with 大字. What is tapped is at least `target` high: 20 mm of glass.
"""

from __future__ import annotations

from typing import Any, Final

from kivy.app import App
from kivy.event import EventDispatcher
from kivy.properties import AliasProperty, BooleanProperty, ColorProperty, NumericProperty

TARGET_MM: Final = 20.0
GAP_MM: Final = 8.0
STEPS: Final = (34, 36, 42, 48, 58, 76)     # sizes of letters, in units: each that is used costs memory
_USUAL_INCHES: Final = 32.0     # the panel most stations have
_BUTTON: Final = 148.0          # units that a button is high by its drawing
_MOST_OF_SIDE: Final = 0.15     # a target never takes more of the shorter side than this

PALETTES: Final[dict[str, tuple[str, str]]] = {
    "red": ("#B5121B", "#C54F18"),
    "green": ("#0F5B45", "#2F8155"),
    "blue": ("#134E86", "#2D76A8"),
    "ochre": ("#7A4A00", "#9C6413"),
    "plum": ("#5E2B70", "#9C5086"),
}


def rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """`#RRGGBB` as Kivy's four numbers."""
    red, green, blue = (int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue, alpha


class Theme(EventDispatcher):
    """What every widget looks up: colours, unit, orientation, modes."""

    width = NumericProperty(1080)
    height = NumericProperty(1920)
    dpi = NumericProperty(0)
    large = BooleanProperty(False)
    contrast = BooleanProperty(False)

    paper = ColorProperty("#FBF6EE")
    card = ColorProperty("#FFFFFF")
    border = ColorProperty("#EADFCF")
    edge = ColorProperty("#CDBFAE")
    ink = ColorProperty("#2A211C")
    muted = ColorProperty("#6B5D54")
    red = ColorProperty("#B5121B")
    red_tint = ColorProperty("#FDEBEA")
    green = ColorProperty("#17795B")
    green_tint = ColorProperty("#E8F3EE")
    blue = ColorProperty("#1C66A8")
    blue_tint = ColorProperty("#E7F0F8")
    ochre = ColorProperty("#8A5A00")
    ochre_tint = ColorProperty("#FBF0DC")
    plum = ColorProperty("#7A3E8E")
    grey = ColorProperty("#4E453F")
    grey_tint = ColorProperty("#F3ECE2")
    white = ColorProperty("#FFFFFF")
    veil = ColorProperty([0.16, 0.13, 0.11, 0.62])

    def _is_portrait(self) -> bool:
        return self.height >= self.width

    def _unit(self) -> float:
        if self.height >= self.width:
            return min(self.width / 1080, self.height / 1920)
        return min(self.width / 1920, self.height / 1080)

    def _text_unit(self) -> float:
        return self._unit() * (1.3 if self.large else 1.0)

    def _pixels_per_mm(self) -> float:
        dpi = self.dpi or (self.width**2 + self.height**2) ** 0.5 / _USUAL_INCHES
        return dpi / 25.4

    def _target(self) -> float:
        return min(self._pixels_per_mm() * TARGET_MM, min(self.width, self.height) * _MOST_OF_SIDE)

    def _gap(self) -> float:
        return self._pixels_per_mm() * GAP_MM

    def _is_tight(self) -> bool:
        """Whether the panel is so small that screens in landscape need another arrangement for a finger."""
        return self.width > self.height and self._target() > self._unit() * _BUTTON

    portrait = AliasProperty(_is_portrait, bind=("width", "height"), cache=True)
    u = AliasProperty(_unit, bind=("width", "height"), cache=True)
    sp = AliasProperty(_text_unit, bind=("width", "height", "large"), cache=True)
    mm = AliasProperty(_pixels_per_mm, bind=("width", "height", "dpi"), cache=True)
    target = AliasProperty(_target, bind=("width", "height", "dpi"), cache=True)
    gap = AliasProperty(_gap, bind=("width", "height", "dpi"), cache=True)
    tight = AliasProperty(_is_tight, bind=("width", "height", "dpi"), cache=True)

    def sizes(self, size: float, down: int = 1) -> list[float]:
        """What a label this large may shrink to, largest first: so many steps, and none below the smallest."""
        design = size / self._text_unit()
        steps = [step for step in reversed(STEPS) if step < design - 0.5]
        return [size, *(step * self._text_unit() for step in steps[:down])]

    def on_contrast(self, _theme: Theme, strong: bool) -> None:
        """High contrast: white paper, black ink and borders."""
        self.paper = "#FFFFFF" if strong else "#FBF6EE"
        self.ink = "#000000" if strong else "#2A211C"
        self.muted = "#2A211C" if strong else "#6B5D54"
        self.border = "#2A211C" if strong else "#EADFCF"
        self.edge = "#000000" if strong else "#CDBFAE"


def current_theme() -> Theme:
    """The theme of the app that runs."""
    app: Any = App.get_running_app()
    return app.theme
