"""How well one colour can be read on another (WCAG)."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.ui.theme import rgba


def luminance(colour: Sequence[float]) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast_of(one: Sequence[float], other: Sequence[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def contrast(one: str, other: str) -> float:
    return contrast_of(rgba(one), rgba(other))
