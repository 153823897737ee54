from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kiosk.ui.poster import ICON_SHARE, LIGHTS, NOTE_SHARE, ground
from kiosk.ui.theme import PALETTES, Theme, rgba
from tests.kiosk.contrast import contrast, contrast_of

WHITE = (1.0, 1.0, 1.0)


def lightened(colour: Sequence[float], *shares: float) -> Sequence[float]:
    for share in shares:
        colour = [part + (1 - part) * share for part in colour]
    return colour


LIT = [strength for *_place, strength in LIGHTS[:2]]    # the two circles of light that lie over each other
PLACES = [place / 50 for place in range(51)]


@pytest.mark.parametrize("palette", PALETTES)
def test_white_headlines_on_a_poster_can_be_read_even_over_its_icon(palette: str) -> None:
    grounds = [lightened(ground(palette, across, down), *LIT, ICON_SHARE) for across in PLACES for down in PLACES]
    assert min(contrast_of(WHITE, colour) for colour in grounds) >= 3.0


@pytest.mark.parametrize("palette", PALETTES)
def test_the_small_words_of_a_poster_can_be_read(palette: str) -> None:
    across, down = 0.06 + NOTE_SHARE * 0.9, 0.85    # no poster's small words reach further to the right or down
    grounds = [lightened(ground(palette, x, y), *LIT) for x in PLACES for y in PLACES if x <= across and y <= down]
    assert min(contrast_of(WHITE, colour) for colour in grounds) >= 4.5


def test_body_text_has_enough_contrast() -> None:
    for ink in ("#2A211C", "#6B5D54", "#17795B", "#B5121B", "#8A5A00", "#1C66A8"):
        assert contrast(ink, "#FBF6EE") >= 4.5


def test_targets_are_twenty_millimetres_on_the_panel() -> None:
    theme = Theme(width=1080, height=1920, dpi=69)
    assert theme.u == 1.0
    assert theme.portrait
    assert theme.target == pytest.approx(20 * 69 / 25.4)
    theme.width, theme.height = 1920, 1080
    assert theme.u == 1.0
    assert not theme.portrait


def test_large_letters_and_contrast_only_set_properties() -> None:
    theme = Theme(width=1080, height=1920)
    theme.large = True
    assert theme.sp == pytest.approx(1.3)
    theme.contrast = True
    assert theme.ink == [0, 0, 0, 1]
    theme.contrast = False
    assert theme.ink == pytest.approx(list(rgba("#2A211C")))
