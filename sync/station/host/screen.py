"""How the screen is turned and where it is touched: kept in a file of the site, and told to the X server."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Final

import msgspec

from .errors import HostError
from .table import UPRIGHT, Matrix, Screen, ScreenSet
from .tools import find, run

_NAME: Final = "screen.toml"
_TURNS: Final = {0: "normal", 90: "right", 180: "inverted", 270: "left"}
# Where a touch of the unturned panel lies on the turned picture, both from 0 to 1.
TURNED: Final[dict[int, Matrix]] = {
    0: UPRIGHT,
    90: (0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 1.0),
    180: (-1.0, 0.0, 1.0, 0.0, -1.0, 1.0, 0.0, 0.0, 1.0),
    270: (0.0, -1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
}
_OUTPUT: Final = re.compile(r"^(\S+) connected", re.MULTILINE)
_POINTER: Final = re.compile(r"id=(\d+)\s+\[slave\s+pointer")
_CALIBRATION: Final = "libinput Calibration Matrix"


def read_screen(site: Path) -> ScreenSet:
    """What is kept; as the panel was built if nothing is, or nothing that can be read."""
    try:
        return msgspec.convert(tomllib.loads((site / _NAME).read_text("utf-8")), ScreenSet)
    except (OSError, ValueError, msgspec.ValidationError):
        return ScreenSet()


def change_screen(site: Path, wanted: Screen) -> ScreenSet:
    """Keep and show what is wanted, and tell how it is now; raises HostError."""
    before = read_screen(site)
    now = ScreenSet(
        before.rotation if wanted.rotation is None else wanted.rotation,
        before.matrix if wanted.matrix is None else wanted.matrix,
    )
    if wanted == Screen():
        return now
    show_screen(now)
    keep_screen(site, now)
    return now


def show_screen(screen: ScreenSet) -> None:
    """Have the X server draw and be touched like this; raises HostError."""
    outputs = _OUTPUT.findall(run(["xrandr", "--query"]))
    if not outputs:
        raise HostError("xrandr knows no connected screen")
    for output in outputs:
        run(["xrandr", "--output", output, "--rotate", _TURNS[screen.rotation]])
    values = [f"{value:.6f}" for value in product(TURNED[screen.rotation], screen.matrix)]
    for pointer in _POINTER.findall(run(["xinput", "list"])):
        if _CALIBRATION in find(["xinput", "list-props", pointer]):
            run(["xinput", "set-prop", pointer, _CALIBRATION, *values])


def product(left: Matrix, right: Matrix) -> list[float]:
    """Both after each other, the right one first."""
    return [
        sum(left[3 * row + k] * right[3 * k + column] for k in range(3)) for row in range(3) for column in range(3)
    ]


def keep_screen(site: Path, screen: ScreenSet) -> None:
    """Keep it for the next start; raises HostError."""
    draft = site / f"{_NAME}.new"
    words = ", ".join(repr(float(value)) for value in screen.matrix)
    try:
        site.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            file.write(f"rotation = {screen.rotation}\nmatrix = [{words}]\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(site / _NAME)
        handle = os.open(site, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as cause:
        raise HostError(f"{_NAME}: {cause.strerror}") from cause


