"""Kivy's own settings, made before any of its windows: nothing is read from or written to a home folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_ENVIRONMENT = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_NO_CONSOLELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
    "KIVY_CLIPBOARD": "dummy",
    "KIVY_WINDOW": "sdl2",
    "KIVY_TEXT": "sdl2",
    "KIVY_IMAGE": "sdl2",
    "KIVY_METRICS_DENSITY": "1",
    "SDL_VIDEODRIVER": "x11",                   # Kivy's wheel has no Wayland on x86-64
    "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",
    "SDL_TOUCH_MOUSE_EVENTS": "0",              # a touch is reported once, not as a mouse too
    "SDL_MOUSE_TOUCH_EVENTS": "0",
}


def prepare(home: Path, size: tuple[int, int], *, fullscreen: bool) -> None:
    """Set Kivy up; must come before the first import of a Kivy window."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A full or read-only disk is told on the screen, so the screen must come up.
        home = Path(tempfile.mkdtemp(prefix="yizhan-kivy-"))
    os.environ.update(_ENVIRONMENT)
    os.environ["KIVY_HOME"] = str(home)
    from kivy.config import Config  # noqa: PLC0415

    settings = {
        "kivy": {"exit_on_escape": "0", "keyboard_mode": "system", "log_enable": "0", "window_icon": ""},
        "graphics": {
            "width": str(size[0]), "height": str(size[1]), "position": "auto",
            "fullscreen": "auto" if fullscreen else "0", "borderless": "1" if fullscreen else "0",
            "resizable": "0", "maxfps": "30", "multisamples": "0", "show_cursor": "0" if fullscreen else "1",
            "allow_screensaver": "0",
        },
        "modules": {},
    }
    for section, values in settings.items():
        for name, value in values.items():
            Config.set(section, name, value)
    # One provider: more of them report every touch twice.
    Config.remove_section("input")
    Config.add_section("input")
    Config.set("input", "mouse", "mouse,disable_multitouch")
