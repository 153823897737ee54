"""Line breaking for Chinese: Kivy breaks at spaces only, and lets a line begin with ，."""

from __future__ import annotations

import re
from collections.abc import Callable

CLOSERS = frozenset("，。！？；：、）》」』】”’…·～%,.!?;:)]}")
OPENERS = frozenset("（《「『【“‘([{")
_PIECE = re.compile(r"\[b\][^\[\n]{1,8}\[/b\]|\[/?b\]|\n| +|[A-Za-z0-9@#/+*'._-]+|.")

Measure = Callable[[str], float]


def _pieces(text: str) -> list[str]:
    """Parts that must not be torn: words, and a character with the marks that cling to it."""
    joined: list[str] = []
    glue = False
    for piece in _PIECE.findall(text):
        clings = piece in CLOSERS or piece == "[/b]"
        if joined and joined[-1] != "\n" and (glue or (clings and not joined[-1].isspace())):
            joined[-1] += piece
        else:
            joined.append(piece)
        glue = piece in OPENERS or piece == "[b]"
    return joined


def _bare(text: str) -> str:
    return text.replace("[b]", "").replace("[/b]", "")


def wrap(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """The text in lines no wider than `width`; past `most` lines the last one ends with …."""
    lines = [""]
    used = 0.0
    for piece in _pieces(text):
        if piece == "\n":
            lines.append("")
            used = 0.0
            continue
        wide = measure(_bare(piece))
        if used + wide > width and used > 0:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
            used = 0.0
            if piece.isspace():
                continue
        lines[-1] += piece
        used += wide
    if most and len(lines) > most:
        lines = lines[:most]
        last = lines[-1]
        while last and measure(_bare(last) + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip("，、 ") + "…"
    return lines


def balanced(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """Like `wrap`, but as narrow as the same number of lines allows, so that none is left nearly empty."""
    lines = wrap(text, width, measure)
    if len(lines) < 2 or "\n" in text or (most and len(lines) > most):
        return wrap(text, width, measure, most)
    low, high = width / 2, width
    for _round in range(7):
        middle = (low + high) / 2
        tried = wrap(text, middle, measure)
        if len(tried) == len(lines) and all(measure(_bare(line)) <= width for line in tried):
            high = middle
        else:
            low = middle
    return wrap(text, high, measure)
