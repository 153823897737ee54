"""Line breaking for Chinese, and the one rule by which words fit their room.

Kivy breaks at spaces only, and lets a line begin with ，.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from .words import HEAVY, LIGHT

MOST_SIGNS: Final = 600     # of one text: more than any screen has room for
CLOSERS = frozenset("，。！？；：、）》」』】”’…·～%,.!?;:)]}")
OPENERS = frozenset("（《「『【“‘([{")
_CLAUSE_ENDS = frozenset("，。！？；：")
_PAIRS = {"（": "）", "《": "》", "「": "」", "『": "』", "【": "】", "(": ")"}
_CJK: Final = "\u2e80-\uffef\U00020000-\U0003ffff"
_PIECE = re.compile(
    rf"{HEAVY}[^{HEAVY}{LIGHT}\n]{{1,8}}{LIGHT}|{HEAVY}|{LIGHT}|\n| +"
    rf"|(?:[^\W{_CJK}]|[@#/+*'._\u0300-\u036f-])+|."
)
_PARTS = re.compile(r"[^-/@._]*[-/@._]+|[^-/@._]+")    # of a word, where it may be broken if it has to be
_CLINGING = frozenset(("Mn", "Mc", "Me", "Cf"))     # marks that belong to the sign before them
_FEW_LINES: Final = 3
_FAR: Final = 60    # signs: no bracketed part that is longer is kept whole

Measure = Callable[[str], float]
Break = Callable[[str, float, Measure, int], list[str]]


class Fitted(NamedTuple):
    """Words in their room: the lines to be drawn, and how large."""

    lines: list[str]
    size: float


def shortened(text: str, most: int = MOST_SIGNS) -> str:
    """No more signs than can be looked at: what layout costs does not grow with what somebody typed."""
    return text if len(text) <= most else text[:most - 1] + "…"


def bare(text: str) -> str:
    """Without the marks of weight."""
    return text.replace(HEAVY, "").replace(LIGHT, "")


def wrap(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """The text in lines no wider than `width`; past `most` lines the last one ends with …."""
    lines = _fill(_pieces(text), width, measure, most)
    if most and len(lines) > most:
        lines = lines[:most]
        last = lines[-1]
        while last and measure(bare(last) + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip("，、 …") + "…"
    return lines


def balanced(text: str, width: float, measure: Measure, most: int = 0) -> list[str]:
    """Like `wrap`, but broken where the sense breaks, else into lines of about the same length."""
    lines = [line for part in text.split("\n") for line in _balanced_part(part, width, measure)]
    return wrap(text, width, measure, most) if most and len(lines) > most else lines


def fit(
    text: str, width: float, sizes: Sequence[float], measure: Callable[[str, float], float], *,
    most: int, breaking: Break = wrap,
) -> Fitted:
    """The rule of every label: as large as it needs no further line, at its smallest in `most`, the last ending with ….

    Without `most`, and above three, it is a paragraph: it shrinks only if it has more lines than that.
    """
    text = shortened(text)
    wanted = text.count("\n") + 1 if 0 < most <= _FEW_LINES else most
    found = Fitted([text], sizes[-1])
    for size in sizes:
        found = Fitted(breaking(text, width, lambda part, size=size: measure(part, size), most), size)
        if not wanted or (len(found.lines) <= wanted and not found.lines[-1].endswith("…")):
            break
    return found


def _pieces(text: str) -> list[str]:
    """Parts that must not be torn: words, and a character with the marks that cling to it."""
    joined: list[str] = []
    glue = False
    for piece in _PIECE.findall(text):
        clings = piece in CLOSERS or piece == LIGHT or unicodedata.category(piece[0]) in _CLINGING
        if clings and len(joined) > 1 and joined[-1].isspace() and "\n" not in joined[-2:]:
            piece = joined.pop() + piece    # a space before a closing mark clings with it  # noqa: PLW2901
        if joined and joined[-1] != "\n" and (glue or (clings and not joined[-1].isspace())):
            joined[-1] += piece
        else:
            joined.append(piece)
        glue = piece in OPENERS or piece == HEAVY or (glue and piece.isspace() and piece != "\n")
    return joined


def _bracketed(pieces: list[str], place: int) -> str:
    """The bracketed part that begins with this piece; empty if none does, or it is not closed on this line."""
    closer = _PAIRS.get(bare(pieces[place])[:1], "")
    part = ""
    for piece in pieces[place:place + _FAR] if closer else []:
        if piece == "\n":
            break
        part += bare(piece)
        if closer in piece:
            return part
    return ""


def _torn(piece: str, width: float, measure: Measure) -> Iterator[str]:
    """A piece that no line has room for: broken at its hyphens, and only what is too wide even so by signs."""
    for part in _PARTS.findall(piece):
        rest = part
        while measure(bare(rest)) > width and len(rest) > 1:
            count = 1
            while count < len(rest) - 1 and measure(bare(rest[:count + 1])) <= width:
                count += 1
            yield rest[:count]
            rest = rest[count:]
        yield rest


def _fill(pieces: list[str], width: float, measure: Measure, most: int = 0) -> list[str]:
    """Piece after piece into lines; a bracketed part goes to the next line if that keeps it whole."""
    lines = [""]
    used = 0.0
    for place, piece in enumerate(pieces):
        if most and len(lines) > most:
            break
        if piece == "\n":
            lines.append("")
            used = 0.0
            continue
        wide = measure(bare(piece))
        whole = measure(_bracketed(pieces, place))
        for part in _torn(piece, width, measure) if wide > width else (piece,):
            wide = measure(bare(part))
            if used > 0 and (used + wide > width or used + whole > width >= whole):
                lines[-1] = lines[-1].rstrip()
                lines.append("")
                used = 0.0
                if part.isspace():
                    continue
            lines[-1] += part
            used += wide
    return lines


def _balanced_part(text: str, width: float, measure: Measure) -> list[str]:
    lines = wrap(text, width, measure)
    if len(lines) < 2:
        return lines
    clauses = _clauses(text)
    if all(measure(bare(clause)) <= width for clause in clauses):
        filled = _fill(clauses, width, measure)
        if len(filled) == len(lines):
            return filled
    pieces = _pieces(text)
    brackets = [measure(_bracketed(pieces, place)) for place in range(len(pieces))]
    whole = [*brackets, *(measure(bare(piece)) for piece in pieces)]    # none is torn to be balanced
    low, high = max([width / 2, *(wide for wide in whole if wide <= width)]), width
    for _round in range(7):
        middle = (low + high) / 2
        tried = wrap(text, middle, measure)
        if len(tried) == len(lines):
            high = middle
        else:
            low = middle
    return wrap(text, high, measure)


def _clauses(text: str) -> list[str]:
    """The text cut after its commas and full stops."""
    clauses = [""]
    for piece in _pieces(text):
        clauses[-1] += piece
        if bare(piece)[-1:] in _CLAUSE_ENDS:
            clauses.append("")
    return [clause for clause in clauses if clause]
