"""A panel that is off by whatever a panel can be off: after one round a finger is seen where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.setup.calibration import Touched, corrected, farthest_mm
from sync.station.host.screen import TURNED, product
from sync.station.host.table import UPRIGHT, Matrix, Rotation

CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
ROTATIONS: list[Rotation] = [0, 90, 180, 270]
near_one = st.floats(0.7, 1.4)
near_none = st.floats(-0.2, 0.2)


def times(*matrices: Matrix) -> Matrix:
    whole = UPRIGHT
    for matrix in matrices:
        whole = tuple(product(whole, matrix))  # type: ignore[assignment]
    return whole


def moved(matrix: Matrix, point: tuple[float, float]) -> tuple[float, float]:
    x, y = point
    return matrix[0] * x + matrix[1] * y + matrix[2], matrix[3] * x + matrix[4] * y + matrix[5]


def inverse_of_turn(rotation: Rotation) -> Matrix:
    return TURNED[ROTATIONS[-ROTATIONS.index(rotation) % 4]]


@given(
    st.sampled_from(ROTATIONS), st.tuples(near_one, near_none, near_none, near_none, near_one, near_none),
    st.tuples(near_one, near_none, near_one, near_none), st.booleans(),
)
def test_one_round_puts_a_panel_right(
    rotation: Rotation, panel: tuple[float, ...], before: tuple[float, ...], is_mirrored: bool
) -> None:
    a, b, c, d, e, f = panel
    glass: Matrix = (-a if is_mirrored else a, b, 1 + c if is_mirrored else c, d, e, f, 0, 0, 1)  # finger → raw touch
    old: Matrix = (before[0], 0, before[1], 0, before[2], before[3], 0, 0, 1)

    def seen(finger: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
        raw = moved(times(glass, inverse_of_turn(rotation)), finger)
        return moved(times(TURNED[rotation], matrix), raw)

    touches = [Touched(corner, seen(corner, old)) for corner in CORNERS]
    matrix = corrected(touches, rotation, old)
    assert matrix is not None
    for corner in CORNERS:
        assert seen(corner, matrix) == pytest.approx(corner, abs=1e-6)


def test_touches_that_fit_no_panel_give_nothing() -> None:
    assert corrected([Touched(corner, (0.5, 0.5)) for corner in CORNERS], 0, UPRIGHT) is None
    assert corrected([Touched(corner, (corner[0], 0.5)) for corner in CORNERS], 0, UPRIGHT) is None


def test_the_worst_touch_counts_in_millimetres() -> None:
    touches = [Touched(corner, corner) for corner in CORNERS[:3]] + [Touched((0.1, 0.9), (0.11, 0.9))]
    assert farthest_mm(touches, 400, 700) == pytest.approx(4)
