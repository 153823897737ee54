"""Where the kiosk's window stands, and how it comes in front of another."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window

from .browser import Area


def to_front() -> None:
    """The kiosk's window before any other; on Kivy's thread."""
    window: Any = Window    # Kivy makes it at run time
    window.raise_window()


def area() -> Area:
    """The place of the kiosk's window on the screen."""
    window: Any = Window
    width, height = window.size
    return Area(int(window.left), int(window.top), int(width), int(height))
