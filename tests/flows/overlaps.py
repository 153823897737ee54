"""What lies over what on a screen, as plain geometry: boxes in, complaints out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Box:
    """A rectangle of the window in pixels, from the lower left corner."""

    words: str
    x: float
    y: float
    right: float
    top: float

    def overlaps(self, other: Box, slack: float = 1.0) -> bool:
        """Whether both share more than `slack` pixels each way."""
        across = min(self.right, other.right) - max(self.x, other.x)
        up = min(self.top, other.top) - max(self.y, other.y)
        return across > slack and up > slack

    def gap(self, other: Box) -> float:
        """Pixels between two boxes, the shorter way round a corner not taken; below zero if they overlap."""
        across = max(self.x, other.x) - min(self.right, other.right)
        up = max(self.y, other.y) - min(self.top, other.top)
        return max(across, up)

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside, give or take a pixel."""
        return (
            self.x - 1 <= other.x and self.y - 1 <= other.y
            and self.right + 1 >= other.right and self.top + 1 >= other.top
        )


def collisions(labels: Sequence[Box], taps: Sequence[Box]) -> list[str]:
    """Labels that lie over each other, and labels that lie over something to tap that does not hold them."""
    return [*_pairs(labels), *_strays(labels, taps)]


def hard_to_hit(taps: Sequence[Box], side: float, gap: float) -> list[str]:
    """What is smaller than `side` pixels either way, or nearer than `gap` pixels to something else to tap."""
    small = [
        f"{tap.words!r} is {tap.right - tap.x:.0f}×{tap.top - tap.y:.0f}, not {side:.0f} each way"
        for tap in taps
        if min(tap.right - tap.x, tap.top - tap.y) < side - 1
    ]
    near = [
        f"{one.words!r} and {other.words!r} are {one.gap(other):.0f} apart, not {gap:.0f}"
        for one, other in combinations(taps, 2)
        if one.gap(other) < gap - 1
    ]
    return small + near


def _pairs(labels: Sequence[Box]) -> Iterator[str]:
    for one, other in combinations(labels, 2):
        if one.overlaps(other):
            yield f"{one.words!r} lies over {other.words!r}"


def _strays(labels: Sequence[Box], taps: Sequence[Box]) -> Iterator[str]:
    for label in labels:
        for tap in taps:
            if label.overlaps(tap) and not tap.holds(label):
                yield f"{label.words!r} lies over the button {tap.words!r}"
