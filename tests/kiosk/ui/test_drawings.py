from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kiosk.ui.clc import shown_class
from kiosk.ui.cover import COLOURS, DESIGNS, design_of, headline
from kiosk.ui.journey import shown_stops
from kiosk.ui.poster import ICON_SHARE, LIGHTS, NOTE_SHARE, ground
from kiosk.ui.theme import PALETTES, Theme, rgba
from kiosk.ui.words import spoken_label

WHITE = (1.0, 1.0, 1.0)


def luminance(colour: Sequence[float]) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast_of(one: Sequence[float], other: Sequence[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def contrast(one: str, other: str) -> float:
    return contrast_of(rgba(one), rgba(other))


def lightened(colour: Sequence[float], *shares: float) -> Sequence[float]:
    for share in shares:
        colour = [part + (1 - part) * share for part in colour]
    return colour


LIT = [strength for *_place, strength in LIGHTS[:2]]    # the two circles of light that lie over each other
PLACES = [place / 50 for place in range(51)]


@pytest.mark.parametrize("colour", COLOURS)
def test_letters_on_a_cover_can_be_read(colour: str) -> None:
    ground, _accent, letters = COLOURS[colour]
    assert contrast(ground, letters) >= 4.5


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


def test_a_book_always_has_the_same_cover() -> None:
    assert design_of("", "I247.5", "9787506365437") == design_of("", "I247.5", "9787506365437")
    assert design_of("navy-band", "I247.5", "9787506365437") == ("navy", "band")
    assert design_of("navy-nonsense", "", "")[0] == "navy"


def test_covers_differ() -> None:
    shown = {design_of("", "I247.5", f"97875063654{number:02}") for number in range(60)}
    assert {design for _colour, design in shown} == set(DESIGNS)


def test_the_bracketed_part_of_a_title_is_set_small() -> None:
    assert headline("平凡的世界（全三部）") == ("平凡的世界", "全三部")
    assert headline("三体") == ("三体", "")


def test_classes_are_named() -> None:
    assert shown_class("I247.5") == "I247.5 小说"
    assert shown_class("I565.4") == "I565.4 小说"
    assert shown_class("I267") == "I267 散文"
    assert shown_class("TP301") == "TP301 计算机"
    assert shown_class("") == ""


def test_a_long_journey_shows_its_beginning_and_its_end() -> None:
    assert shown_stops(["甲", "乙"]) == ["甲", "这里"]
    assert shown_stops(list("甲乙丙丁戊己")) == ["甲", "…", "丁", "戊", "这里"]
    assert shown_stops(list("甲乙丙丁戊己"), most=3) == ["甲", "…", "这里"]
    assert shown_stops([]) == []


def test_a_journey_that_ends_elsewhere_does_not_say_here() -> None:
    assert shown_stops(["甲", "乙"], ends_here=False) == ["甲", "乙"]


def test_a_label_is_shown_as_printed() -> None:
    assert spoken_label("YZ0004217X") == "YZ 0004217-X"
    assert spoken_label("?") == "?"


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
