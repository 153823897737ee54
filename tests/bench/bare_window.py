"""The peer of a cold start: Kivy's own window with the kiosk's settings, and nothing in it."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.ui.prepare import prepare


def main(home: str) -> None:
    """Show a window the colour of paper until it is ended."""
    prepare(Path(home), (1080, 1920), fullscreen=False)
    from kivy.app import App
    from kivy.core.window import Window
    from kivy.uix.widget import Widget

    class BareApp(App):
        """Nothing."""

        def build(self) -> Widget:
            """One empty widget."""
            Window.clearcolor = (0.984, 0.965, 0.933, 1)
            return Widget()

    BareApp().run()


if __name__ == "__main__":
    main(sys.argv[1])
