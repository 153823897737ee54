"""What touches tell of a panel: how far they lie from their targets, and the matrix that puts it right. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

from sync.station.host.screen import TURNED, product
from sync.station.host.table import UPRIGHT, Matrix, Rotation


class Touched(NamedTuple):
    """A target and where the finger was seen, both from 0 to 1 from the upper left corner of the picture."""

    target: tuple[float, float]
    seen: tuple[float, float]


def farthest_mm(touches: Sequence[Touched], width_mm: float, height_mm: float) -> float:
    """How far the worst touch lies beside its target."""
    return max(
        math.hypot((one.seen[0] - one.target[0]) * width_mm, (one.seen[1] - one.target[1]) * height_mm)
        for one in touches
    )


def corrected(touches: Sequence[Touched], rotation: Rotation, before: Matrix) -> Matrix | None:
    """The panel's new matrix, given what it was turned and set to; None if the touches fit no panel at all.

    On the picture a touch must be moved by C. The picture is T · M of the raw touch, and stays T · M': M' = T⁻¹ C T M.
    """
    moved = _fit(touches)
    turned = TURNED[rotation]
    back = _inverse(turned)
    if moved is None or back is None:
        return None
    values = back
    for matrix in (moved, turned, before):
        values = _as_matrix(product(values, matrix))
    return values if _inverse(values) is not None and max(map(abs, values)) < 1_000 else None


def _fit(touches: Sequence[Touched]) -> Matrix | None:
    """The affine map from seen to target with the least squares of error."""
    points = [(*one.seen, 1.0) for one in touches]
    squares = _as_matrix([
        sum(point[row] * point[column] for point in points) for row in range(3) for column in range(3)
    ])
    back = _inverse(squares)
    if back is None:
        return None
    rows: list[float] = []
    for axis in range(2):
        sums = [sum(one.target[axis] * point[k] for one, point in zip(touches, points, strict=True)) for k in range(3)]
        rows += [sum(back[3 * row + k] * sums[k] for k in range(3)) for row in range(3)]
    return _as_matrix([*rows, *UPRIGHT[6:]])


def _inverse(matrix: Matrix) -> Matrix | None:
    a, b, c, d, e, f, g, h, i = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-6:     # all touches on one line, or in one place
        return None
    cofactors = (
        e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f,
        d * h - e * g, b * g - a * h, a * e - b * d,
    )
    return _as_matrix([value / determinant for value in cofactors])


def _as_matrix(values: Sequence[float]) -> Matrix:
    return cast("Matrix", tuple(values))
