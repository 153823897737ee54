"""The peer of the kiosk's bench: Kivy's own window with the kiosk's settings, and the least that does the same.

A touch, or a line of bytes on a serial port, commits one row to SQLite (FULL) and shows another full-screen widget;
the next touch shows the first one again.

    python -m tests.bench.bare_window FOLDER [PORT]
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import serial

from kiosk.ui.prepare import prepare

SIZE = (1080, 1920)
PAPER, WHITE = (0.984, 0.965, 0.933, 1), (1, 1, 1, 1)


def open_database(folder: Path) -> sqlite3.Connection:
    """A table to keep rows in, as safely as the kiosk does."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT)")
    return database


def main(folder: Path, port: str) -> None:
    """Show a window the colour of paper until it is ended."""
    prepare(folder, SIZE, fullscreen=False)
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.graphics import Color, Rectangle
    from kivy.uix.widget import Widget

    database = open_database(folder)

    class BareApp(App):
        """Two widgets, one of which is seen."""

        def build(self) -> Widget:
            """The first one."""
            Window.clearcolor = PAPER
            self.result = Widget(size=SIZE)
            with self.result.canvas:
                Color(*WHITE)
                Rectangle(size=SIZE)
            root = Widget()
            root.bind(on_touch_down=self.touched)
            return root

        def touched(self, *_event: object) -> None:
            """A finger: there, or back again."""
            if self.result.parent:
                self.root.remove_widget(self.result)
            else:
                self.keep("touched")

        def keep(self, what: str, *_tick: object) -> None:
            """Commit, then show."""
            database.execute("INSERT INTO row (body) VALUES (?)", [what])
            if not self.result.parent:
                self.root.add_widget(self.result)

    app = BareApp()

    if port:
        ear = partial(listen, port, lambda said: Clock.schedule_once(partial(app.keep, said)))
        threading.Thread(target=ear, daemon=True).start()
    app.run()


def listen(port: str, told: Callable[[str], object]) -> None:
    """Tell each line that comes from a serial port."""
    with serial.Serial(port) as line:
        while True:
            told(line.readline().decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
