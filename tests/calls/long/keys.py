"""Keys that lead out of browsers elsewhere, pressed on a display without a window manager; and its windows."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

KEYS: Final = (
    "ctrl+l", "alt+d", "F6", "ctrl+t", "ctrl+n", "ctrl+shift+n", "ctrl+shift+t", "ctrl+w", "ctrl+shift+w", "ctrl+F4",
    "alt+F4", "ctrl+q", "ctrl+shift+q", "alt+Left", "alt+Right", "BackSpace", "ctrl+Tab", "ctrl+1", "alt+Tab", "F12",
    "ctrl+shift+i", "ctrl+shift+j", "ctrl+shift+c", "ctrl+u", "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+f", "ctrl+j",
    "ctrl+h", "ctrl+d", "ctrl+k", "ctrl+e", "ctrl+g", "ctrl+shift+Delete", "F11", "F1", "F3", "F7", "F10", "alt+f",
    "alt+e", "alt+Home", "alt+space", "shift+Escape", "ctrl+shift+o", "ctrl+shift+b", "ctrl+shift+m", "ctrl+plus",
    "ctrl+minus", "ctrl+0", "F5", "ctrl+r", "ctrl+shift+r", "Escape", "Menu", "Print", "super", "ctrl+alt+Delete",
    "ctrl+alt+t",
)


def with_policies(folder: Path) -> tuple[str, ...]:
    """What to put before a command so that it alone finds the policies of this folder where browsers look for them."""
    mount = f'mkdir -p /etc/chromium/policies && mount --bind {folder}/policies /etc/chromium/policies && exec "$@"'
    return ("unshare", "-m", "sh", "-c", mount, "sh")


def write_policy(folder: Path, policy: dict[str, Any]) -> None:
    """Put it there, for browsers that begin from now on."""
    managed = folder / "policies/managed"
    managed.mkdir(parents=True, exist_ok=True)
    (managed / "yizhan.json").write_text(json.dumps(policy), encoding="utf-8")


def windows(display: str) -> list[str]:
    """The browser's windows that are seen on the display."""
    return sorted(_xdotool(display, "search", "--onlyvisible", "--class", "chromium").split())


def focused(display: str) -> str:
    """The window that keys go to."""
    return _xdotool(display, "getwindowfocus").strip()


def press(display: str, key: str) -> None:
    """A key or several at once, as a keyboard would: to whatever has the focus."""
    _xdotool(display, "key", "--clearmodifiers", key)


def _xdotool(display: str, *words: str) -> str:
    env = {**os.environ, "DISPLAY": display}
    return subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True, check=False).stdout
