"""What widgets that draw themselves share."""

from __future__ import annotations

from typing import Any, cast

from kivy.uix.widget import Widget


def ground_of(widget: Widget) -> Any:   # Kivy's canvas has no types  # noqa: ANN401
    """What is drawn under the widget's children."""
    return cast("Any", widget.canvas).before
