"""Whether the window of the flow tests is drawn, and whether it has been."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

_FRAME_S = 0.001    # a frame that is not drawn lets other threads run, as one that is


class Eyes:
    """Closed, the window is told to draw as ever and draws nothing: who judges words need not pay for their looks."""

    def __init__(self, *, always_open: bool) -> None:
        self._always_open = always_open
        self._shut()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Draw what there is, and what comes."""
        self.close()
        Window.canvas.ask_update()
        yield
        self._shut()

    def close(self) -> None:
        """Leave Kivy's window as it was."""
        for name in ("on_draw", "flip"):
            vars(Window).pop(name, None)

    def _shut(self) -> None:
        if self._always_open:
            return
        Window.on_draw = lambda: None
        Window.flip = lambda: time.sleep(_FRAME_S)


def is_drawn() -> bool:
    """Whether there is a picture by now; one is asked for."""
    Window.canvas.ask_update()
    # Every screen has paper or the bar's white in the lower left corner.
    red, green, blue = glReadPixels(8, 8, 1, 1, GL_RGB, GL_UNSIGNED_BYTE)[:3]
    return min(red, green, blue) > 0
