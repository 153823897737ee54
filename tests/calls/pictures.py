"""What each side's camera sees: a colour of its own, moving a little, in a file that the browser plays."""

from __future__ import annotations

from pathlib import Path
from typing import Final

WIDTH, HEIGHT, FRAMES = 640, 360, 30
ORANGE: Final = (60, 190)       # of the station's camera: blue and red difference
BLUE: Final = (200, 90)         # of the doctor's


def make_picture(path: Path, colour: tuple[int, int]) -> Path:
    """A second of film in this colour, a little lighter with each frame."""
    quarter = (WIDTH // 2) * (HEIGHT // 2)
    chroma = bytes([colour[0]]) * quarter + bytes([colour[1]]) * quarter
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            film.write(b"FRAME\n" + bytes([110 + number]) * (WIDTH * HEIGHT) + chroma)
    return path


def is_orange(colour: list[int] | tuple[int, ...] | None) -> bool:
    """The station's picture."""
    return colour is not None and colour[0] > colour[2] + 80


def is_blue(colour: list[int] | tuple[int, ...] | None) -> bool:
    """The doctor's picture."""
    return colour is not None and colour[2] > colour[0] + 80
