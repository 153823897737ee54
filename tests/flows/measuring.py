"""Where the words and the places to tap of a screen are, and which words do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kivy.core.window import Window
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.ui.frame import StillThere, seen
from kiosk.ui.poster import Poster
from kiosk.ui.widgets import Card, Fitting, Icon, Note, Tap, Waiting, text_width
from tests.flows.overlaps import Box

_LINE = 1.45        # height of a line of our face, by the size of its signs
_LEADING = 0.2      # of that above and below the signs


def labels(root: Any) -> list[Box]:
    """Words that can be read."""
    return [
        _ink_of(widget)
        for widget in _front(root)
        if isinstance(widget, Label) and not isinstance(widget, Icon) and widget.text.strip()
    ]


def taps(root: Any) -> list[Box]:
    """Places that can be tapped."""
    return [
        _box_of(widget)
        for widget in _front(root)
        if isinstance(widget, Tap) and widget.enabled and not widget.disabled and min(widget.size) > 0
    ]


def cut_off(root: Any) -> list[str]:
    """Words that are wider or higher than their place, or over the edge of the window."""
    cut: list[str] = []
    for widget in seen(root):
        if not isinstance(widget, Label) or isinstance(widget, Icon) or not widget.text:
            continue
        wide, high = widget.texture_size
        x, y = widget.to_window(widget.center_x - wide / 2, widget.center_y - high / 2)
        over_edge = x < -1 or y < -1 or x + wide > Window.width + 1 or y + high > Window.height + 1
        if over_edge or wide > widget.width + 1 or high > widget.height + 1:
            place = f"{widget.width:.0f}×{widget.height:.0f} at {x:.0f}, {y:.0f}"
            cut.append(f"{widget.text!r}: {wide}×{high} in {place}")
        cut += [f"{widget.text!r} hangs out of its {type(card).__name__}" for card in _cards_of(widget)
                if not _place_of(card).holds(_ink_of(widget))]
    return cut


def _front(root: Any) -> Iterator[Widget]:
    """What is seen and not behind a veil."""
    veils = [child for child in root.children if isinstance(child, (StillThere, Waiting))]
    return seen(veils[0] if veils else root)


def _ink_of(label: Any) -> Box:  # Kivy's properties have no types
    """Where the signs are: a label with a place of its own may be larger than its words."""
    x, y = label.to_window(label.center_x, label.center_y)
    room, high = label.texture_size
    drawn = isinstance(label, Fitting)
    lines, size = (label.lines, label.drawn_size) if drawn else (label.text.split("\n"), label.font_size)
    heavy = label.bold or label.markup
    wide = min(room, max(text_width(line, size, heavy) for line in lines))
    left = x + {"left": -room / 2, "right": room / 2 - wide}.get(label.halign, -wide / 2)
    needed = min(high, len(lines) * size * _LINE * label.line_height)
    low = y + {"top": high / 2 - needed, "bottom": -high / 2}.get(label.valign, -needed / 2)
    leading = size * _LEADING
    return Box(label.text, left, low + leading, left + wide, low + needed - leading)


def _box_of(tap: Tap) -> Box:
    x, y = tap.to_window(tap.x, tap.y)
    return Box(tap.text, x, y, x + tap.width, y + tap.height)


def _place_of(widget: Any) -> Box:
    x, y = widget.to_window(widget.x, widget.y)
    return Box("", x, y, x + widget.width, y + widget.height)


def _cards_of(widget: Widget) -> Iterator[Widget]:
    """What it is drawn on."""
    above: Any = widget.parent
    while isinstance(above, Widget):
        if isinstance(above, (Card, Poster, Note, Tap)):
            yield above
        above = above.parent
