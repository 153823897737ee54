"""A finger on the window of the flow tests."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.input.motionevent import MotionEvent


class Touch(MotionEvent):
    """One touch at a place of the window, in pixels from the lower left corner."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", 1, {"x": x / Window.width, "y": y / Window.height}, is_touch=True, type_id="touch")
        self.scale_for_screen(Window.width, Window.height)

    def depack(self, args: dict[str, float]) -> None:
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        super().depack(args)
