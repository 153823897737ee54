"""A QR code, sharp at any size."""

from __future__ import annotations

from typing import Any

from kivy.graphics.texture import Texture
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget


class QrCode(Widget):
    """Draws what `text` says; nothing if it is empty."""

    text = StringProperty("")
    texture = ObjectProperty(None, allownone=True)

    def on_text(self, _widget: QrCode, text: str) -> None:
        """Draw it anew."""
        if not text:
            self.texture = None
            return
        import segno  # many stations never draw one  # noqa: PLC0415

        rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=3)]
        side = len(rows)
        texture: Any = Texture.create(size=(side, side), colorfmt="luminance")
        texture.mag_filter = texture.min_filter = "nearest"
        texture.blit_buffer(bytes(0 if dark else 255 for row in reversed(rows) for dark in row), colorfmt="luminance")
        self.texture = texture
