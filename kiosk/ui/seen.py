"""For the demo's tour alone: the words on the screen, each with its place, as a file beside the picture.

Nothing here says whether all is well: who reads it compares the words with what was recorded, and looks for
their ink at these places of the real picture.
"""

from __future__ import annotations

import json
from pathlib import Path

from kivy.core.window import Window

from .frame import Frame, seen, words_of


class Seen:
    """Writes the file anew whenever other words are shown, or elsewhere."""

    def __init__(self, frame: Frame, path: Path) -> None:
        self._frame = frame
        self._path = path
        self._last = ""

    def look(self) -> None:
        """Write what is to be seen now: a list of words and their box, left, top, right, bottom in pixels."""
        found: list[tuple[str, list[int]]] = []
        for widget in seen(self._frame):
            words = words_of(widget)
            left, bottom = widget.to_window(*widget.pos)
            box = [left, Window.height - bottom - widget.height, left + widget.width, Window.height - bottom]
            if words.strip() and box[2] > 0 and box[3] > 0 and box[0] < Window.width and box[1] < Window.height:
                found.append((words, [round(side) for side in box]))
        text = json.dumps(found, ensure_ascii=False)
        if text != self._last:
            draft = self._path.with_suffix(".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._path)
            self._last = text
