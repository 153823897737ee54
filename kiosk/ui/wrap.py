"""Line breaking for Chinese: Kivy breaks at spaces only, and lets a line begin with ，."""

from __future__ import annotations

import re
from collections.abc import Callable

CLOSERS = frozenset("，。！？；：、）》」』】”’…·～%,.!?;:)]}")
OPENERS = frozenset("（《「『【“‘([{")
_CLAUSE_ENDS = frozenset("，。！？；：")
_PAIRS = {"（": "）", "《": "》", "「": "」", "『": "』", "【": "】", "(": ")"}
_PIECE = re.compile(r"\[b\][^\[\n]{1,8}\[/b\]|\[/?b\]|\n| +|[A-Za-z0-9@#/+*'._-]+|.")

Measure = Callable[[str], float]


def _pieces(text: str) -> list[str]:
    """Parts that must not be torn: words, and a character with the marks that cling to it."""
    joined: list[str] = []
    glue = False
    for piece in _PIECE.findall(text):
        clings = piece in CLOSERS or piece == "[/b]"
        if clings and len(joined) > 1 and joined[-1].isspace() and "\n" not in joined[-2:]:
            piece = joined.pop() + piece    # a space before a closing mark clings with it  # noqa: PLW2901
        if joined and joined[-1] != "\n" and (glue or (clings and not joined[-1].isspace())):
            joined[-1] += piece
        else:
            joined.append(piece)
        glue = piece in OPENERS or piece == "[b]" or (glue and piece.isspace() and piece != "\n")
    return joined


def _bare(text: str) -> str:
    return text.replace("[b]", "").replace("[/b]", "")


def _bracketed(pieces: list[str], place: int) -> str:
    """The bracketed part that begins with this piece; empty if none does, or it is not closed on this line."""
    closer = _PAIRS.get(_bare(pieces[place])[:1], "")
    part = ""
    for piece in pieces[place:] if closer else []:
        if piece == "\n":
            break
        part += _bare(piece)
        if closer in piece:
            return part
    return ""


def _fill(pieces: list[str], width: float, measure: Measure) -> list[str]:
    """Piece after piece into lines; a bracketed part goes to the next line if that keeps it whole."""
    lines = [""]
    used = 0.0
    for place, piece in enumerate(pieces):
        if piece == "\n":
            lines.append("")
            used = 0.0
            continue
        wide = measure(_bare(piece))
        whole = measure(_bracketed(pieces, place))
        if used > 0 and (used + wide > width or used + whole > width >= whole):
            lines[-1] = lines[-1].rstrip()
            lines.append("")
            used = 0.0
            if piece.isspace():
                continue
        lines[-1] += piece
        used += wide
    return lines


def wrap(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """The text in lines no wider than `width`; past `most` lines the last one ends with …."""
    lines = _fill(_pieces(text), width, measure)
    if most and len(lines) > most:
        lines = lines[:most]
        last = lines[-1]
        while last and measure(_bare(last) + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip("，、 ") + "…"
    return lines


def balanced(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """Like `wrap`, but broken where the sense breaks, else into lines of about the same length."""
    lines = [line for part in text.split("\n") for line in _balanced_part(part, width, measure)]
    return wrap(text, width, measure, most) if most and len(lines) > most else lines


def _balanced_part(text: str, width: float, measure: Measure) -> list[str]:
    lines = wrap(text, width, measure)
    if len(lines) < 2:
        return lines
    clauses = _fill(_clauses(text), width, measure)
    if len(clauses) == len(lines) and all(measure(_bare(line)) <= width for line in clauses):
        return clauses
    pieces = _pieces(text)
    brackets = [measure(_bracketed(pieces, place)) for place in range(len(pieces))]
    low, high = max([width / 2, *(wide for wide in brackets if wide <= width)]), width
    for _round in range(7):
        middle = (low + high) / 2
        tried = wrap(text, middle, measure)
        if len(tried) == len(lines) and all(measure(_bare(line)) <= width for line in tried):
            high = middle
        else:
            low = middle
    return wrap(text, high, measure)


def _clauses(text: str) -> list[str]:
    """The text cut after its commas and full stops."""
    clauses = [""]
    for piece in _pieces(text):
        clauses[-1] += piece
        if _bare(piece)[-1:] in _CLAUSE_ENDS:
            clauses.append("")
    return [clause for clause in clauses if clause]
